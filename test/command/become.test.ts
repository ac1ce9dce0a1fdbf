/** With the real sudo, doas and su, over ssh, as a user who has to say a password: where root may give itself a folder /etc of its own. */
import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, chmodSync, copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, vi } from "vitest";
import type { BecomeMethod } from "../../src/command/become.ts";
import { Secret } from "../../src/command/secret.ts";
import type { CommandResult, Connection, FlightOptions } from "../../src/transport/transport.ts";
import { outcomesOf } from "../elsewhere/outcome.ts";
import { versionOf } from "../elsewhere/versions.ts";
import { command, connect, fleetTransport } from "../support/ssh-host.ts";
import { findSshd, NO_SSHD, type SshdFleet, startSshdFleet } from "../support/sshd.ts";
import { unless } from "../support/unless.ts";

const can = (...words: readonly string[]): boolean => spawnSync(words[0] ?? "", words.slice(1), { stdio: "ignore" }).status === 0;
const mayMount = process.getuid?.() === 0 && can("unshare", "-m", "setpriv", "--reuid", "4242", "true");
const noMount = unless(mayMount, "only root that may mount can give itself an /etc");

const PASSWORD = "right pw";
/** Of it, by crypt(3). */
const HASH = "$6$abcdefgh$apCxz7lROkjU.2UtFjdTg4ccqeF1Vs89pkVjTiy2s8dcYWrygo8GEbJR9p05k9uE9r2RhFQ6B0RifQW2P3NN41";
const [LOGIN, OTHER, UID] = ["fakelogin", "fakeother", 4242];

interface Program {
  readonly name: string;
  readonly method: BecomeMethod;
  /** Stands for it. */
  readonly program?: string;
  readonly version: string;
  readonly missing: string | undefined;
}

/** Where Debian 13 puts sudo-rs, and where `npm run test:elsewhere` does: with a library that is too old for it, it says nothing. */
const SUDO_RS = ["/usr/lib/cargo/bin/sudo", resolve(".elsewhere/sudo-rs/usr/lib/cargo/bin/sudo")].find(
  (path) => existsSync(path) && can(path, "--version"),
);

const programs: readonly Program[] = [
  ...(["sudo", "doas", "su"] as const).map((method) => ({
    name: method,
    method,
    version: versionOf(method),
    missing: can("sh", "-c", `command -v ${method}`) ? undefined : `${method} is not installed`,
  })),
  {
    name: "sudo-rs",
    method: "sudo",
    ...(SUDO_RS === undefined ? {} : { program: SUDO_RS }),
    // Said on the error output.
    version: String(spawnSync(SUDO_RS ?? "false", ["--version"]).output.join(""))
      .replace("sudo-rs ", "")
      .trim(),
    missing: SUDO_RS === undefined ? "sudo-rs is not installed" : undefined,
  },
];

describe.skipIf(!mayMount || findSshd() === undefined)(`a user with a password${NO_SSHD}${noMount}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "fake-become-"));
  const etc = join(folder, "etc");
  let fleet: SshdFleet;

  beforeAll(async () => {
    chmodSync(folder, 0o755);
    execFileSync("cp", ["-a", "/etc", etc]);
    for (const [index, name] of [LOGIN, OTHER].entries()) {
      appendFileSync(join(etc, "passwd"), `${name}:x:${UID + index}:${UID + index}::/tmp:/bin/sh\n`);
      appendFileSync(join(etc, "shadow"), `${name}:${HASH}:19000:0:99999:7:::\n`);
      appendFileSync(join(etc, "group"), `${name}:x:${UID + index}:\n`);
    }
    rmSync(join(etc, "sudoers"), { force: true });
    writeFileSync(join(etc, "sudoers"), `Defaults !lecture\n${LOGIN} ALL=(ALL:ALL) ALL\n`, { mode: 0o440 });
    const rights = `permit nopass ${LOGIN} as ${OTHER}\npermit ${LOGIN} as root\n`;
    writeFileSync(join(etc, "doas.conf"), rights, { mode: 0o600 });
    fleet = await startSshdFleet(0);
    chmodSync(fleet.directory, 0o755);
    for (const { name, program, missing } of programs) {
      if (missing !== undefined) continue;
      const copy = join(folder, name);
      if (program !== undefined) copyFileSync(program, copy);
      if (program !== undefined) chmodSync(copy, 0o4755);
      const stead = program === undefined ? "" : `mount --bind '${copy}' "$(command -v sudo)" && `;
      const rest = `exec setpriv --reuid ${UID} --regid ${UID} --clear-groups env HOME=/tmp USER=${LOGIN} /bin/sh "$@"`;
      const enter = join(folder, `enter-${name}`);
      writeFileSync(enter, `#!/bin/sh\nmount --bind '${etc}' /etc && ${stead}${rest}\n`, { mode: 0o755 });
      const shell = join(folder, `login-${name}`);
      writeFileSync(shell, `#!/bin/sh\nexec unshare -m ${enter} "$@"\n`, { mode: 0o755 });
      await fleet.add({ name, shell });
    }
  });
  afterAll(async () => {
    await fleet?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  describe.each(programs)("with $name", { concurrent: true }, ({ name, method, missing, version }) => {
    const on = outcomesOf({ table: "become", name, version, missing });
    const takesPassword = method !== "doas";

    async function run(
      text: string,
      { word, ...more }: { word?: string; stdin?: string; user?: string; timeout?: number },
    ): Promise<CommandResult | undefined> {
      const connection: Connection = await connect(fleetTransport(fleet), name);
      const options: FlightOptions = word === undefined ? {} : { becomePassword: () => async () => new Secret(word) };
      const one = command(text, { user: OTHER, becomeMethod: method, timeout: 60_000, ...more });
      const [result] = await connection.flight([one], options).finally(() => connection.close());
      return result;
    }
    const answered = takesPassword ? { word: PASSWORD } : {};

    on("commands have their input, outputs, home and exit code", async () => {
      const text = "id -un; echo $HOME; cat; echo err >&2; exit 3";
      const whole = { exitCode: 3, stdout: `${OTHER}\n/tmp\nown` };
      const ran = await run(text, { ...answered, stdin: "own" });
      // sudo-rs ends the line of each password.
      expect(ran).toMatchObject({ ...whole, stderr: expect.stringMatching(/^\n?err\n$/) });
    });

    on("a password that is wanted and missing is one clear failure, at once", async () => {
      const ran = await run("echo ran", { user: "root", stdin: "own" });
      expect(ran).toMatchObject({
        status: "failed",
        exitCode: 1,
        stdout: "",
        stderr: expect.stringMatching(/^[^\n]*(?:sudo|su|doas)[^\n]*\n$/),
      });
    });

    const told = takesPassword ? "yes" : "no: none is given to it";
    on("a wrong password is one failure that says so", { says: told }, async () => {
      // doas is given none, right or wrong.
      if (!takesPassword)
        return expect(run("true", { word: PASSWORD })).rejects.toThrow("doas takes no password from its input.");
      const ran = await run("echo ran", { word: "wrong", stdin: "own" });
      const message = `${method} has not let it run as ${OTHER}: is ${method}Password right, and may the login user do that?`;
      expect(ran).toMatchObject({ status: "failed", stdout: "", cause: expect.objectContaining({ message }) });
    });

    on("what runs too long is ended, with all that it has started", async () => {
      const long = 5_000_000 + programs.findIndex((program) => program.name === name);
      const ran = await run(`sleep ${long} & sleep ${long}`, { ...answered, timeout: 500 });
      expect(ran).toMatchObject({ status: "timed-out" });
      const left = (): string => spawnSync("pgrep", ["-f", `^sleep ${long}$`], { encoding: "utf8" }).stdout;
      await vi.waitFor(() => expect(left()).toBe(""), 20_000);
    });
  });
});
