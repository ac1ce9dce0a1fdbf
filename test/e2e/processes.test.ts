/** The story of many processes, on several hosts. What a single process does is in test/contracts/process.ts, `ok` in test/process/problem.test.ts. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Action,
  type ConnectSettings,
  createLauncher,
  cycle,
  filterBadHosts,
  type HostInput,
  type Launcher,
  type Process,
  parallel,
  report,
  sequence,
  waitAll,
  waitAny,
} from "fake-deploy/process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findSshd, NO_SSHD, type SshdFleet, startSshdFleet } from "../support/sshd.ts";

const transport = process.env["STORIES_TRANSPORT"] ?? "ssh";

const NAMES = ["host1", "host2", "host3", "host4", "host5", "host6"];

/** Says where it listens, and tells everyone who comes its name. */
const SERVER = `node -e 'const server = require("net").createServer((peer) => peer.end("hello from " + process.argv[1] + "\\n"));
server.listen(0, "127.0.0.1", () => console.log("listening on " + server.address().port));' {{{host}}}`;

const client = (port: string): string => `node -e 'require("net").connect(${port}, "127.0.0.1").pipe(process.stdout)'`;

type Flags = readonly [isStarted: boolean, isRunning: boolean, isEnded: boolean, ok: boolean, finishedOk: boolean];
const NEW: Flags = [false, false, false, true, false];
const RUNNING: Flags = [true, true, false, true, false];
const DONE: Flags = [true, false, true, true, true];
const FAILED: Flags = [true, false, true, false, false];
const flags = ({ isStarted, isRunning, isEnded, ok, finishedOk }: Action | Process): Flags => [
  isStarted,
  isRunning,
  isEnded,
  ok,
  finishedOk,
];

describe.skipIf(findSshd() === undefined)(`many processes on several hosts${NO_SSHD}`, () => {
  let fleet: SshdFleet;
  let launcher: Launcher;
  const hostname = (process: Process): string => process.host?.name ?? "";

  beforeAll(async () => {
    fleet = await startSshdFleet(NAMES.length);
    const { sshConfig, directory: cwd } = fleet;
    launcher = createLauncher({ sshConfig, cwd, connect: { transport } });
  });
  afterAll(async () => {
    await launcher?.close();
    await fleet?.stop();
  });

  it("a server is started, a client run, the server killed and waited for: flags are right at each step", async () => {
    const server = launcher.remote(["host1"], SERVER, { name: "server" });
    expect(flags(server)).toEqual(NEW);
    expect(flags(server.start())).toEqual(RUNNING);
    const [ready] = await server.expect(/listening on (\d+)\n/, { timeout: "20s" });
    expect(flags(server)).toEqual(RUNNING);

    const talk = launcher.remote(["host2"], client(ready?.match?.groups[0] ?? ""), { name: "client", stdin: "" });
    expect(flags(talk)).toEqual(NEW);
    await talk.run();
    expect(flags(talk)).toEqual(DONE);
    expect(talk.processes[0]?.stdout).toBe("hello from host1\n");
    expect(flags(server)).toEqual(RUNNING);

    expect(flags(server.kill())).toEqual(RUNNING);
    await server.wait();
    expect(flags(server)).toEqual(DONE);
    expect(server.processes.map(({ state }) => state)).toMatchObject([{ how: "exited", killed: true, forced: false }]);

    const late = await launcher.remote(["host2"], client(ready?.match?.groups[0] ?? ""), { stdin: "" }).run();
    expect(flags(late)).toEqual(FAILED);
    expect(late.processes[0]?.stderr).toContain("ECONNREFUSED");

    expect(server.stats()).toMatchObject({ numEnded: 1, numNonZeroExitCodes: 1, numFinishedOk: 1 });
    await server.reset();
    expect(flags(server)).toEqual(NEW);
  });

  it("of two actions on different hosts, one is waited for, work is done, and the other waited for", async () => {
    const short = launcher.remote(["host1", "host2"], "echo short on {{{host}}}", { stdin: "" });
    const long = launcher.remote(["host3", "host4"], "read word; echo long on {{{host}}}, told $word");
    const both = parallel([short, long]).start();
    expect(await waitAny([long, short])).toEqual([short]);
    expect([flags(short), flags(long), flags(both)]).toEqual([DONE, RUNNING, RUNNING]);
    // The work between them, with what the first has said.
    await long.write(`${short.processes.map((process) => process.stdout.trim()).join(" and ")}\n`);
    expect(await waitAll([long, short])).toEqual([long, short]);
    await both.wait();
    expect(flags(both)).toEqual(DONE);
    const told = "told short on host1 and short on host2";
    expect(both.processes.map(({ stdout }) => stdout)).toEqual([
      "short on host1\n",
      "short on host2\n",
      `long on host3, ${told}\n`,
      `long on host4, ${told}\n`,
    ]);
  });

  it("what a host says of its login wins over what the action says, and that over the launcher's", async () => {
    const { sshConfig, user } = fleet;
    await using own = createLauncher({ sshConfig, connect: { user: "launcher", transport } });
    const outcome = async (host: HostInput, connect: ConnectSettings = {}): Promise<boolean> =>
      (await own.remote([host], "true", { stdin: "", connect }).run()).finishedOk;
    expect(await outcome("host1")).toBe(false);
    expect(await outcome("host1", { user })).toBe(true);
    expect(await outcome({ host: "host1", user }, { user: "action" })).toBe(true);
    expect(await outcome({ host: "host1", user: "of-host" }, { user })).toBe(false);
  });

  it("six clients go to three servers, by turns: exactly these pairs, also for paths", async () => {
    const servers = ["s1", "s2", "s3"];
    const clients = await launcher.remote(NAMES, cycle(servers.map((server) => `echo to ${server}`)), { stdin: "" }).run();
    const pairs = [
      ["host1", "to s1\n"],
      ["host2", "to s2\n"],
      ["host3", "to s3\n"],
      ["host4", "to s1\n"],
      ["host5", "to s2\n"],
      ["host6", "to s3\n"],
    ];
    expect(clients.processes.map((process) => [hostname(process), process.stdout])).toEqual(pairs);

    const at = (host: string, file: string): string => join(fleet.directory, host, "home", file);
    for (const server of servers) writeFileSync(join(fleet.directory, server), `to ${server}\n`);
    const put = await launcher.put(NAMES, cycle(servers), (host) => at(host.name, "given")).run();
    put.throwIfFailed();
    expect(NAMES.map((name) => [name, readFileSync(at(name, "given"), "utf8")])).toEqual(pairs);

    mkdirSync(join(fleet.directory, "got"));
    const got = await launcher.get(NAMES, (host) => at(host.name, "given"), cycle(NAMES.map((name) => `got/of-${name}`))).run();
    got.throwIfFailed();
    expect(NAMES.map((name) => [name, readFileSync(join(fleet.directory, "got", `of-${name}`), "utf8")])).toEqual(pairs);
  });

  it("expects over five hosts, of which one never says it and one ends early", async () => {
    const commands: Readonly<Record<string, string>> = { host2: "echo silent; cat", host4: "echo over; exit 3" };
    const hosts = NAMES.slice(0, 5);
    const action = launcher.remote(hosts, ({ name }) => commands[name] ?? "echo starting; echo ready 1; cat", { name: "five" });
    const found = await action.start().expect(["error", /ready (\d)/], { timeout: "5s" });
    expect(found.map(({ process, match }) => [hostname(process), match?.index, match?.groups[0]])).toEqual([
      ["host1", 1, "1"],
      ["host2", undefined, undefined],
      ["host3", 1, "1"],
      ["host4", undefined, undefined],
      ["host5", 1, "1"],
    ]);
    expect(action.processes.map(({ problems }) => problems)).toEqual([[], ["expect"], [], ["expect", "exitCode"], []]);
    expect(flags(action)).toEqual([true, true, false, false, false]);
    // What has not ended counts as good.
    expect(filterBadHosts(action, hosts)).toEqual(["host1", "host2", "host3", "host5"]);
    await action.kill().wait();
    expect(filterBadHosts(action, hosts)).toEqual(["host1", "host3", "host5"]);
  });

  it("a report of all this is nested, and counts as it goes on", async () => {
    const servers = launcher.remote(["host1", "host2"], "echo ready; cat", { name: "servers" });
    const clients = launcher.remote(["host3", "host4", "host5"], cycle(["exit 0", "exit 2"]), { name: "clients", stdin: "" });
    const slow = launcher.process("sleep 60", { host: "host6", name: "slow", timeout: "1s" });
    const nowhere = launcher.process("true", { host: "nowhere.invalid", name: "nowhere" });
    const deaf = launcher.process("trap '' TERM; echo deaf; while :; do sleep 1; done", { host: "host1", name: "deaf" });
    const steps = report("steps", [sequence([clients], { name: "step 1" }), report("alone", [slow, nowhere])]);
    const whole = report("whole", [servers, steps]).add(deaf);
    expect(whole.stats()).toMatchObject({ numProcesses: 8, numStarted: 0, numOk: 8, numFinishedOk: 0 });

    await servers.start().expect("ready", { timeout: "20s" });
    await clients.run();
    const { numStarted, numEnded, numOk, numFinishedOk, startDate, endDate } = whole.stats();
    expect([numStarted, numEnded, numOk, numFinishedOk, endDate]).toEqual([5, 3, 7, 2, undefined]);
    expect(startDate).toEqual(servers.stats().startDate);

    await Promise.all([slow.run(), nowhere.run(), deaf.start().expect("deaf", { timeout: "20s" })]);
    await deaf.kill("SIGTERM", { grace: 200 }).wait();
    await servers.expect("never", { timeout: 0 });
    await servers.kill().wait();
    await servers.write("too late");
    const lines = whole.toString().trimEnd().split("\n");
    expect(lines.map((line) => line.trimEnd().replaceAll(/ +/g, " "))).toEqual([
      "name procs start end err time kill code exp wri ok fin",
      "servers 2 2 2 0 0 0 2 2 2 0 0",
      "steps 5 5 5 1 1 0 2 0 0 2 2",
      " step 1 3 3 3 0 0 0 1 0 0 2 2",
      " clients 3 3 3 0 0 0 1 0 0 2 2",
      " alone 2 2 2 1 1 0 1 0 0 0 0",
      " slow 1 1 1 0 1 0 1 0 0 0 0",
      " nowhere 1 1 1 1 0 0 0 0 0 0 0",
      "deaf 1 1 1 0 0 1 1 0 0 1 1",
      "whole 8 8 8 1 1 1 5 2 2 3 3",
    ]);
    const json = JSON.parse(JSON.stringify(whole)) as { name: string; numOk: number; parts: { name: string }[] };
    expect([json.name, json.numOk, json.parts.map(({ name }) => name)]).toEqual(["whole", 3, ["servers", "steps", "deaf"]]);
  });
});
