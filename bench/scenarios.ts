/** What is compared, and what `fake` is to reach. The first tool of each is what the ratios are against. */
export interface Scenario {
  readonly title: string;
  /** The script of each tool in `bench/rig`. */
  readonly script: "deploy" | "rollback" | "exec" | "seq" | "batch" | "start-up";
  readonly hosts: number;
  /** Milliseconds there and back. */
  readonly rtt: number;
  readonly tools: readonly string[];
  /** What is to be reached, in words. */
  readonly goal: string;
}

const LIMITS = ["plain", "plain-x25519"];

export const SCENARIOS: readonly Scenario[] = [
  {
    title: "warm deploy, 1 host, 50 ms",
    script: "deploy",
    hosts: 1,
    rtt: 50,
    tools: [...LIMITS, "fake", "fake-functions", "fake-plain-login", "capistrano"],
    goal: "turns 6, with two functions 9; wall 0.75, with functions 0.95",
  },
  {
    title: "warm deploy, 1 host, loopback",
    script: "deploy",
    hosts: 1,
    rtt: 0,
    tools: [...LIMITS, "fake", "capistrano"],
    goal: "wall 0.9",
  },
  { title: "warm deploy, 10 hosts, loopback", script: "deploy", hosts: 10, rtt: 0, tools: [...LIMITS, "fake"], goal: "wall 0.9" },
  {
    title: "warm deploy, 50 hosts, loopback",
    script: "deploy",
    hosts: 50,
    rtt: 0,
    tools: ["plain-x25519", "plain", "fake"],
    goal: "wall 1.0",
  },
  {
    title: "rollback, 1 host, 50 ms",
    script: "rollback",
    hosts: 1,
    rtt: 50,
    tools: [...LIMITS, "fake"],
    goal: "turns 6; wall 0.55",
  },
  {
    title: "exec true, 1 host, 50 ms",
    script: "exec",
    hosts: 1,
    rtt: 50,
    tools: [...LIMITS, "fake", "fabric", "capistrano"],
    goal: "turns 5",
  },
  {
    title: "exec true, 50 hosts, loopback",
    script: "exec",
    hosts: 50,
    rtt: 0,
    tools: ["plain-x25519", "plain", "fake", "fabric", "capistrano"],
    goal: "wall 1.0; CPU of the client 0.7 of Fabric's",
  },
  {
    title: "100 commands one by one, 1 host, 50 ms",
    script: "seq",
    hosts: 1,
    rtt: 50,
    tools: ["mitogen", "fake", "fabric", "capistrano"],
    goal: "a turn each; wall 0.85",
  },
  {
    title: "100 commands one by one, 1 host, loopback",
    script: "seq",
    hosts: 1,
    rtt: 0,
    tools: ["mitogen", "fake", "fabric", "capistrano"],
    goal: "wall 1.0",
  },
  {
    title: "100 commands in a batch, 1 host, 50 ms",
    script: "batch",
    hosts: 1,
    rtt: 50,
    tools: ["fake"],
    goal: "1-2 turns in all",
  },
  {
    title: "start-up",
    script: "start-up",
    hosts: 1,
    rtt: 0,
    tools: ["node", "fake-version", "fake-tasks", "fake-first-flight"],
    goal: "--version 1.1; tasks 1.7; the first flight sent 2.2",
  },
];
