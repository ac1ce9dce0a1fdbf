import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { freeLock, holdLock, inspectLock, LOCKED } from "../../../src/recipes/deploy/lock.ts";
import { parseOwner } from "../../../src/recipes/deploy/lock-owner.ts";
import { awaitLock, takeLock } from "../../../src/recipes/deploy/lock-taking.ts";
import { allShells } from "../../command/shells.ts";
import { unless } from "../../support/unless.ts";
import { ADA, boot, DEAD, GRACE, leaveLock, links, makeOlder, NOBODY, root, sign, startOf } from "./lock-signs.ts";
import { createShellHost, type Ran, type ShellHost, shells, takeAndHold } from "./shell-host.ts";

const flock = spawnSync("flock", ["--version"]).status === 0;
const linux = process.platform === "linux";
let host: ShellHost;
let holders: ChildProcess[] = [];

afterEach(() => {
  for (const holder of holders) holder.kill("SIGKILL");
  holders = [];
  host.remove();
});

const flockMissing = unless(flock, "no flock");

describe.skipIf(!linux).each(shells)(`the holder of a lock, judged by $name${unless(linux, "needs /proc")}`, (shell) => {
  beforeEach(() => {
    host = createShellHost(shell);
  });

  const age = (path: string, seconds: number): void => makeOlder(host, path, seconds);
  const leave = (link: string, seconds?: number): void => leaveLock(host, link, seconds);
  const leaveAgain = (link: string): void => {
    host.run(freeLock(host.paths, DEAD));
    leave(link, 1000);
  };
  /** Something that the run started, and that has the flock. */
  const runOn = async (): Promise<void> => {
    const holder = spawn("flock", ["-s", join(host.paths.root, sign), "sh", "-c", "echo; exec sleep 1000"], { detached: false });
    holders.push(holder);
    await new Promise((resolve) => holder.stdout.once("data", resolve));
  };
  const take = (vars?: Readonly<Record<string, string>>): Ran =>
    host.run(takeLock(host.paths, GRACE), vars === undefined ? {} : { vars });
  const verdict = ({ code, stdout }: Ran): unknown => [code, (parseOwner(stdout, "broken") ?? parseOwner(stdout))?.life];
  /** A PATH with all that the scripts need, but for flock. */
  const noFlock = (): { PATH: string } => {
    const bin = join(host.paths.root, "../bin");
    mkdirSync(bin, { recursive: true });
    // Some shells have no such commands built in, or only where there are programs of their name.
    const ofShells = ["printf", "echo", "test", "[", "true", "kill"];
    for (const name of [shell.argv[0], "mkdir", "rmdir", "rm", "mv", "cat", "date", "find", "sleep", ...ofShells]) {
      const path = (process.env["PATH"] ?? "")
        .split(delimiter)
        .map((folder) => join(folder, name))
        .find((one) => existsSync(one));
      if (path !== undefined && !existsSync(join(bin, name))) symlinkSync(path, join(bin, name));
    }
    return { PATH: bin };
  };

  it.skipIf(!flock)(`is dead when its connection is gone and nothing of it runs${flockMissing}`, () => {
    leave(links.gone());
    host.write(`.fake/${DEAD}/left`, "");
    const taken = take();
    expect(verdict(taken)).toEqual([0, "dead gone"]);
    expect(parseOwner(taken.stdout, "broken")).toMatchObject(ADA);
    expect(readdirSync(join(host.paths.fake, "lock")).sort()).toEqual(["broken", "owner", "run2.alive"]);
    expect(host.exists(`.fake/${DEAD}`)).toBe(false);
    expect(host.run(`${holdLock(host.paths, DEAD).script}`).code).toBe(LOCKED);
    expect(host.run(`${holdLock(host.paths, "run2").script}`).code).toBe(0);
  });

  // The start time is 0 where the connection was gone before it could say which that is.
  it.skipIf(!flock).each(["ssh 123", "ssh 0", "local 0"])(
    `is dead when its number is another's now: %s${flockMissing}`,
    (was) => {
      const [kind = "", start = ""] = was.split(" ");
      leave(links.gone().replace(`ssh ${NOBODY} 123`, `${kind} ${process.pid} ${start}`));
      expect(verdict(take())).toEqual([0, "dead gone"]);
    },
  );

  it.skipIf(!flock)(`lives while something that it started runs${flockMissing}`, async () => {
    leave(links.gone(), 1000);
    await runOn();
    expect(verdict(take())).toEqual([LOCKED, "alive running"]);
  });

  it("lives while its connection is there, however long it is silent and whatever shells it has", () => {
    leave(links.there(), 1000);
    expect(verdict(take())).toEqual([LOCKED, "alive connected"]);
    leaveAgain(links.there("ssh", "none"));
    expect(verdict(take())).toEqual([LOCKED, "alive connected"]);
  });

  it("lives where its connection cannot be seen", () => {
    leave("flock -", 1000);
    expect(verdict(take())).toEqual([LOCKED, "alive hidden"]);
    leaveAgain("none -");
    expect(verdict(take())).toEqual([LOCKED, "alive hidden"]);
  });

  it("lives where no flock can tell that nothing of it runs, however long ago its connection went", () => {
    leave(links.gone("none"), 1000);
    expect(verdict(take())).toEqual([LOCKED, "alive unproven"]);
    expect(verdict(take(noFlock()))).toEqual([LOCKED, "alive unproven"]);
  });

  it("lives where it has a flock and nobody here can look at that", () => {
    leave(links.gone(), 1000);
    expect(verdict(take(noFlock()))).toEqual([LOCKED, "alive unreadable"]);
  });

  it("lives as long as its process on the same machine does", () => {
    leave(links.there("local"), 1000);
    expect(verdict(take())).toEqual([LOCKED, "alive local"]);
  });

  it("is dead when the machine was started again, and cannot be told on another machine", () => {
    leave(links.there().replace(boot(), "another-boot"));
    expect(verdict(take())).toEqual([0, "dead restarted"]);
    host.run(freeLock(host.paths, "run2"));
    leave(links.gone().replace(boot(), "another-boot").replace(hostname(), "elsewhere"), 1000);
    expect(verdict(take())).toEqual([LOCKED, "alive elsewhere"]);
  });

  it("is not looked for among the processes of another container", () => {
    leave(links.gone().replace(` ${root()} `, " 987654321 "));
    expect(verdict(take())).toEqual([LOCKED, "alive hidden"]);
  });

  it("lives where it gives no signs, or they cannot be read", () => {
    leave("flock -", 1000);
    host.write(sign, "what is this\n");
    age(sign, 1000);
    expect(verdict(take())).toEqual([LOCKED, "alive unreadable"]);
    host.run(`rm -f ${JSON.stringify(join(host.paths.root, sign))}`);
    age(".fake/lock", 1000);
    expect(verdict(take())).toEqual([LOCKED, "alive unsigned"]);
  });

  it("is dead a minute after it began to take the lock and did not come to the end", () => {
    host.write(`.fake/lock/${DEAD}.alive`, "alive\n-\n");
    expect(verdict(take())).toEqual([LOCKED, "alive recent"]);
    age(".fake/lock", 61);
    expect(verdict(take())).toEqual([0, "dead unfinished"]);
    host.run(freeLock(host.paths, "run2"));
    leave("-", 30);
    expect(verdict(take())).toEqual([LOCKED, "alive recent"]);
    age(sign, 61);
    expect(verdict(take())).toEqual([0, "dead unfinished"]);
    host.run(freeLock(host.paths, "run2"));
    host.write(".fake/lock/owner", "");
    age(".fake/lock", 61);
    expect(verdict(take(noFlock()))).toEqual([0, "dead unfinished"]);
  });

  it("is dead as soon as the shell that took it is gone, when its connection never said that it is there", () => {
    expect(host.run(takeLock(host.paths, ADA)).code).toBe(0);
    expect(readFileSync(join(host.paths.root, sign), "utf8")).toMatch(/^alive\n- taker \d+ /);
    expect(verdict(take())).toEqual([0, "dead unfinished"]);
    host.run(freeLock(host.paths, "run2"));
    leave(links.there("taker", "-"), 1000);
    expect(verdict(take())).toEqual([LOCKED, "alive taking"]);
  });

  it("is gone as soon as it has ended, though nobody has taken note of that", async () => {
    // What the inner shell starts ends while its parent, which took its place, waits for nothing.
    const parent = spawn("sh", ["-c", "sh -c 'echo $$' & exec sleep 1000"], { stdio: ["ignore", "pipe", "ignore"] });
    holders.push(parent);
    const [chunk] = (await once(parent.stdout, "data")) as [Buffer];
    const zombie = Number(chunk);
    while (!/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${zombie}/stat`, "utf8"))) await delay(10);
    leave(`- taker ${zombie} ${startOf(zombie)} ${boot()} ${root()} ${hostname()}`);
    expect(verdict(take())).toEqual([0, "dead unfinished"]);
  });

  it("is what unlock says", () => {
    expect(host.run(inspectLock(host.paths))).toMatchObject({ code: 0, stdout: "" });
    leave(links.there("local"));
    expect(parseOwner(host.run(inspectLock(host.paths)).stdout)).toMatchObject({ ...ADA, life: "alive local" });
  });

  it.each([true, false])("is replaced by one of many that find it dead at the same time (with flock: %s)", async (withFlock) => {
    const vars = withFlock ? {} : noFlock();
    for (let time = 0; time < 3; time++) {
      leave(withFlock && flock ? links.gone() : links.restarted(), 61);
      const runs = Array.from({ length: 6 }, (_, index) => `run${time}x${index}`);
      const codes = await Promise.all(runs.map((run) => host.start(takeAndHold(host.paths, { ...GRACE, run }), { vars })));
      expect(codes.toSorted()).toEqual([0, LOCKED, LOCKED, LOCKED, LOCKED, LOCKED]);
      const winner = runs[codes.indexOf(0)] ?? "";
      expect(parseOwner(host.run(inspectLock(host.paths)).stdout)?.run).toBe(winner);
      host.run(freeLock(host.paths, winner));
      expect(readdirSync(host.paths.fake)).toEqual([]);
    }
  });

  /** A PATH where a program waits, when its arguments are such, until the test lets it go on. */
  const slow = (name: string, pattern: string): { PATH: string; reached(): Promise<void>; goOn(): void } => {
    const { PATH } = noFlock();
    const bin = join(host.paths.root, "../slow");
    mkdirSync(bin);
    const [here, go] = [join(bin, "here"), join(bin, "go")];
    const text = `#!/bin/sh\ncase "$*" in ${pattern}) >"${here}"; until [ -e "${go}" ] || [ ! -e "${here}" ]; do sleep 0.05; done;; esac\nexec "${PATH}/${name}" "$@"\n`;
    writeFileSync(join(bin, name), text, { mode: 0o755 });
    return {
      PATH: `${bin}:${PATH}`,
      async reached() {
        while (!existsSync(here)) await delay(20);
      },
      goOn: () => writeFileSync(go, ""),
    };
  };

  it("is looked at again by who comes late to break its lock", async () => {
    leave(links.restarted(), 61);
    const { PATH, reached, goOn } = slow("mkdir", "*breaking-*");
    const late = host.start(takeLock(host.paths, GRACE), { vars: { PATH } });
    await reached();
    expect(host.run(takeAndHold(host.paths, { ...GRACE, run: "run3" }), { vars: noFlock() }).code).toBe(0);
    goOn();
    expect(await late).toBe(LOCKED);
    expect(host.run(holdLock(host.paths, "run3").script).code).toBe(0);
  });

  it("does not get the lock after all when it was too slow to finish", async () => {
    const { PATH, reached, goOn } = slow("date", "*");
    const late = host.start(takeLock(host.paths, GRACE), { vars: { PATH } });
    await reached();
    age(".fake/lock", 61);
    expect(host.run(takeAndHold(host.paths, { ...GRACE, run: "run3" }), { vars: noFlock() }).code).toBe(0);
    goOn();
    expect(await late).toBe(LOCKED);
    expect(host.run(holdLock(host.paths, "run3").script).code).toBe(0);
  });

  it("is known at once to be dead when it is ended, with all that it started, while it takes the lock", async () => {
    const { PATH, reached, goOn } = slow("date", "*");
    const [program, ...args] = shell.argv;
    const ada = takeLock(host.paths, ADA);
    const env = { PATH, HOME: host.paths.root };
    // The shell of a session outlives the SIGTERM that ends what it runs.
    const taker = spawn(program, [...args, "-c", `trap : TERM\n(${ada})\nexit`], { env, stdio: "ignore", detached: true });
    await reached();
    process.kill(-(taker.pid ?? 0), "SIGTERM");
    await delay(100);
    goOn();
    if (taker.exitCode === null && taker.signalCode === null) await once(taker, "exit");
    expect(verdict(take())).toEqual([0, "dead unfinished"]);
  });

  it("lets in a run that was started by it, which does not free the lock", () => {
    leave(links.there("local"));
    expect(host.run(takeLock(host.paths, GRACE, ["0000000000000000", DEAD])).code).toBe(0);
    expect(host.run(holdLock(host.paths, "run2").script).code).toBe(0);
    expect(host.run(takeLock(host.paths, { ...GRACE, run: "run3" })).code).toBe(LOCKED);
    expect(host.run(freeLock(host.paths, "run2")).code).toBe(0);
    expect(host.run(holdLock(host.paths, "run2").script).code).toBe(LOCKED);
    expect(host.run(holdLock(host.paths, DEAD).script).code).toBe(0);
  });

  it("is waited for, by name, until it frees the lock or the time is over", async () => {
    leave(links.there("local"));
    const over = host.run(awaitLock(host.paths, GRACE, 1));
    expect(over.code).toBe(0);
    expect(over.stdout).toMatch(
      /^waiting for the lock of ada@laptop since 20\d\d-\d\d-\d\d \d\d:\d\d UTC \(\d+ s ago\), for fake deploy \(the nine o'clock one\)\n$/,
    );
    expect(parseOwner(host.run(inspectLock(host.paths)).stdout)?.run).toBe(DEAD);
    const waiting = host.start(awaitLock(host.paths, GRACE, 60));
    host.run(freeLock(host.paths, DEAD));
    expect(await waiting).toBe(0);
    expect(parseOwner(host.run(inspectLock(host.paths)).stdout)?.run).toBe("run2");
  });
});

// mksh frees a flock by no closing of its descriptor.
describe.skipIf(!linux || !flock).each(allShells.filter(({ missing }) => missing === undefined))(
  `a lock whose holder is gone, in $name${flockMissing}`,
  (shell) => {
    it("is broken by who looks twice", () => {
      host = createShellHost(shell);
      leaveLock(host, links.gone());
      const { code, stdout } = host.run(takeLock(host.paths, GRACE));
      expect([code, parseOwner(stdout, "broken")?.life]).toEqual([0, "dead gone"]);
    });
  },
);
