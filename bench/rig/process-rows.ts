/** What of processes is measured, beside what, and what is to be reached. */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SshdFleet } from "../../test/support/sshd.ts";
import type { Uplink } from "./uplink.ts";

/** What there is to measure with. */
export interface Bench {
  readonly fleet: SshdFleet;
  readonly uplink: Uplink | undefined;
}

/** One way to do it: each is played once a round. */
export interface Side {
  readonly label: string;
  /** Whose version tells whether it is installed. @default the label */
  readonly tool?: string;
  /** What is started. */
  readonly words: readonly string[];
  /** Takes away what it has made, before each play and after. */
  clear?(): void;
  /** Numbers that it has told, or that were counted, by name. */
  count?(stdout: string): Readonly<Record<string, number>>;
  /** Why what it did is not what it was to do. */
  check?(): string | undefined;
}

/** `what` of a side, over that of another one where there is `over`, is to be this or less. */
export interface Goal {
  /** "wall", "memory" in MB, or a number that the side has counted. */
  readonly what: string;
  readonly side: string;
  readonly over?: string;
  readonly most: number;
}

export interface Row {
  /** As in `--only`. */
  readonly number: number;
  readonly title: string;
  readonly hosts: number;
  /** Milliseconds there and back. @default 0 */
  readonly rtt?: number;
  /** Bytes a second that all ways to hosts share. @default as many as there can be */
  readonly uplink?: number;
  /** At most, where one is long enough to need no warming up. @default as many as are asked for */
  readonly rounds?: number;
  readonly goals: readonly Goal[];
  /** The first is what the ratios are against. */
  sides(bench: Bench): readonly Side[];
  /** Before each round; the one before the first, which does not count, is -1. */
  change?(bench: Bench, round: number): void;
}

const RTT = 50;
const UPLINK = 40e6;
const CHANGED = 10;
/** Seconds since 1970. */
const LONG_AGO = 1_700_000_000;

/** @param scale of bytes, files, hosts and processes: 1 is all of them */
export function createRows(scale: number): readonly Row[] {
  const some = (most: number, least = 1): number => Math.max(least, Math.round(most * scale));
  const [ten, fifty, bytes, files] = [some(10, 3), some(50), some(64e6), some(5000)];
  const large = ({ fleet }: Bench): string => makeFile(join(fleet.directory, "large"), bytes);
  const tree = ({ fleet }: Bench): string => makeTree(join(fleet.directory, "tree"), files, 4000);
  const [size, streamed] = [(bytes / 1e6).toFixed(1), some(10e6)];
  const copy = (bench: Bench, hosts: number, path: string, label: string, tool = label, ...options: string[]): Side => ({
    ...{ label, tool, words: script(tool, "put", hosts, path, `copy-${label}`, ...options) },
    clear: () => clear(bench, `copy-${label}`),
    check: () => compare(bench, hosts, path, `copy-${label}`),
  });
  const many = (label: string, ...words: readonly (string | number)[]): Side => ({
    ...{ label, tool: "fake", words: [process.execPath, ".bench/rig/many-processes.mjs", ...words.map(String)] },
    count: (stdout) => JSON.parse(stdout) as Readonly<Record<string, number>>,
  });
  /** Ten times as much takes no more memory, or next to nothing more. */
  const flat = (side: string, over: string): Goal => ({ what: "memory", side, over, most: 1.2 });
  const kept = (side: string): Goal => ({ what: "lost", side, most: 0 });

  return [
    {
      ...{ number: 1, title: `put of ${size} MB to one host`, hosts: 1 },
      goals: [{ what: "wall", side: "fake", over: "scp", most: 1 }],
      sides: (bench) => [copy(bench, 1, large(bench), "scp"), copy(bench, 1, large(bench), "fake")],
    },
    {
      ...{ number: 2, title: `put of ${size} MB to ${ten} hosts, scp to all of them at once`, hosts: ten },
      goals: [
        { what: "wall", side: "fake", over: "scp", most: 0.8 },
        { what: "memory", side: "fake", most: 100 },
      ],
      sides: (bench) => [copy(bench, ten, large(bench), "scp"), copy(bench, ten, large(bench), "fake")],
    },
    {
      ...{
        number: 3,
        title: `put of ${size} MB to ${ten} hosts through an uplink of ${UPLINK / 1e6} MB/s`,
        hosts: ten,
        uplink: UPLINK,
      },
      goals: [
        { what: "wall", side: "chain", over: "star", most: 0.6 },
        { what: "sent, files", side: "chain", most: 1.1 },
      ],
      sides: (bench) =>
        ["star", "chain"].map((via) => ({
          ...copy(bench, ten, large(bench), via, "fake", "--via", via),
          count: () => ({ "sent, files": (bench.uplink?.takeSent() ?? Number.NaN) / bytes }),
        })),
    },
    {
      ...{ number: 4, title: `put of ${files} files of 4 kB to one host`, hosts: 1 },
      goals: [
        { what: "wall", side: "fake", over: "scp", most: 0.5 },
        { what: "wall", side: "fake", over: "tar", most: 1.2 },
      ],
      sides: (bench) => ["scp", "tar", "fake"].map((tool) => copy(bench, 1, tree(bench), tool)),
    },
    {
      ...{ number: 5, title: `sync of ${files} files of which ${CHANGED} changed, ${RTT} ms`, hosts: 1, rtt: RTT },
      goals: [{ what: "wall", side: "fake", over: "rsync", most: 0.7 }],
      sides: (bench) =>
        ["rsync", "fake"].map((tool) => ({
          ...{ label: tool, words: script(tool, "sync", 1, tree(bench), `synced-${tool}`) },
          check: () => compare(bench, 1, tree(bench), `synced-${tool}`),
        })),
      change: (bench, round) => changeTree(tree(bench), files, round),
    },
    {
      ...{ number: 6, title: `exec true on ${fifty} hosts`, hosts: fifty },
      goals: ["pssh", "clush", "taktuk", "fabric"].map((over) => ({ what: "wall", side: "fake", over, most: 1 })),
      sides: () => ["pssh", "clush", "taktuk", "fabric", "fake"].map((label) => ({ label, words: script(label, "exec", fifty) })),
    },
    {
      ...{ number: 7, title: `${some(10_000)} local processes in sequence, and a tenth of them`, hosts: 0, rounds: 1 },
      goals: [kept("all"), flat("all", "a tenth")],
      sides: () => [many("a tenth", "sequence", some(1000)), many("all", "sequence", some(10_000))],
    },
    {
      ...{ number: 7, title: `${some(1000)} local processes at once`, hosts: 0 },
      goals: [kept("all")],
      sides: () => [many("all", "at-once", some(1000))],
    },
    {
      ...{
        number: 7,
        title: `${some(200)} processes on ${ten} hosts that print ${streamed / 1e6} MB each, and a tenth of that`,
        hosts: ten,
      },
      goals: [kept("all"), { what: "failed", side: "all", most: 0 }, flat("all", "a tenth")],
      sides: () => [many("a tenth", "stream", some(200), streamed / 10), many("all", "stream", some(200), streamed)],
    },
    {
      ...{ number: 7, title: `SIGTERM to ${some(200)} processes on ${ten} hosts, ${RTT} ms`, hosts: ten, rtt: RTT },
      goals: [
        { what: "trips", side: "all", most: 2 },
        { what: "failed", side: "all", most: 0 },
      ],
      sides: () => [many("all", "terminate", some(200), RTT)],
    },
  ];
}

function script(tool: string, verb: string, hosts: number, ...args: readonly string[]): readonly string[] {
  return [join("bench/rig", tool, `${verb}.sh`), String(hosts), ...args];
}

/** The same file for all rows of a run. Nothing compresses it. */
function makeFile(path: string, bytes: number): string {
  if (!existsSync(path)) writeFileSync(path, randomBytes(bytes));
  return path;
}

function makeTree(path: string, files: number, bytes: number): string {
  if (existsSync(path)) return path;
  for (let at = 0; at < files; at++) {
    if (at % 100 === 0) mkdirSync(join(path, `part${at / 100}`), { recursive: true });
    writeFileSync(nameInTree(path, at), randomBytes(bytes));
  }
  return path;
}

function nameInTree(path: string, at: number): string {
  return join(path, `part${Math.floor(at / 100)}`, `file${at}`);
}

/** Other bytes, as many, and another second: who looks at size and time sees it. */
function changeTree(path: string, files: number, round: number): void {
  for (let at = 0; at < CHANGED; at++) {
    const file = nameInTree(path, Math.floor((at * files) / CHANGED));
    writeFileSync(file, randomBytes(4000));
    utimesSync(file, LONG_AGO + round, LONG_AGO + round);
  }
}

function clear({ fleet }: Bench, name: string): void {
  for (const { home } of fleet.hosts) rmSync(join(home, name), { recursive: true, force: true });
}

function compare({ fleet }: Bench, hosts: number, path: string, name: string): string | undefined {
  for (const { name: host, home } of fleet.hosts.slice(0, hosts)) {
    const { status, stdout, stderr } = spawnSync("diff", ["-rq", path, join(home, name)], { encoding: "utf8" });
    if (status !== 0) return `${host} has something else: ${`${stdout}${stderr}`.split("\n")[0]}`;
  }
  return undefined;
}
