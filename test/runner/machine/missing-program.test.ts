import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BecomeMethod } from "../../../src/command/become.ts";
import type { Command } from "../../../src/command/command.ts";
import { compose } from "../../../src/command/compose.ts";
import { findMissingProgram } from "../../../src/runner/machine/missing-program.ts";
import { fakeHost } from "../../../src/testing.ts";
import { createLocalTransport } from "../../../src/transport/local/transport.ts";
import type { CommandResult } from "../../../src/transport/transport.ts";

/** `/bin/sh` is one of these on hosts. */
const shells: readonly (readonly [string, ...string[]])[] = [
  ["/bin/sh"],
  ["/usr/bin/bash", "--posix"],
  ["/usr/bin/busybox", "sh"],
  ["/bin/ksh93"],
  ["/bin/mksh"],
  ["/usr/bin/yash"],
  ["/usr/bin/zsh", "--emulate", "sh"],
];

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "fake-home-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function install(path: string): void {
  mkdirSync(dirname(join(home, path)), { recursive: true });
  writeFileSync(join(home, path), "#!/bin/sh\n", { mode: 0o755 });
}

/** What a command came to, after a look for the program that it lacked. */
async function resultOf(
  text: string,
  shell: readonly [string, ...string[]] = ["/bin/sh"],
  more = {},
  path = "/usr/bin:/bin",
): Promise<CommandResult> {
  const transport = createLocalTransport({ shell, cwd: home, env: { PATH: path, HOME: home } });
  const { signal } = new AbortController();
  try {
    const connection = await transport.connect(fakeHost("localhost"), { signal, after: undefined });
    const command: Command = { kind: "command", text };
    const [result] = await connection.flight([command], { signal });
    return await findMissingProgram(connection, { ...(result as CommandResult), command: { ...command, ...more } }, signal);
  } finally {
    await transport.close();
  }
}

describe("a program that is not in PATH", () => {
  it.each(shells.filter(([file]) => existsSync(file)).map((shell) => ({ shell })))(
    "is named with the folder in which it was seen: $shell",
    async ({ shell }) => {
      install(".nvm/versions/node/v20.1.0/bin/shop-node");
      const { cause } = await resultOf("shop-node --version", shell);
      expect(cause?.message).toContain(`shop-node is in ${home}/.nvm/versions/node/v20.1.0/bin, which is not in PATH here`);
    },
  );

  it("is named with no folder that is more than a path: what is said of it is copied into deployfiles", async () => {
    const real = home;
    home = join(real, 'x").run("y');
    install(".volta/bin/shop-node");
    expect((await resultOf("shop-node")).cause).toBeUndefined();
    home = real;
  });

  it("is also what a script wants whose first line names it", async () => {
    for (const path of [".volta/bin/shop-node", "start"]) install(path);
    writeFileSync(join(home, "start"), "#!/usr/bin/env shop-node\n");
    expect((await resultOf("./start")).cause?.message).toContain(`shop-node is in ${home}/.volta/bin`);
  });

  it("that runs commands as another user is named with what the host has in its place", async () => {
    const by = async (becomeMethod: BecomeMethod): Promise<string | undefined> => {
      const text = compose({ kind: "command", text: "true", user: "www", becomeMethod });
      return (await resultOf(text, ["/bin/sh"], { user: "www", becomeMethod }, join(home, "bin"))).cause?.message;
    };
    expect(await by("sudo")).toBe(
      "localhost has no sudo, with which commands run as www there. Install it, or one of doas and su, and set becomeMethod.",
    );
    for (const name of ["doas", "su"]) install(`bin/${name}`);
    expect(await by("sudo")).toBe(
      'localhost has no sudo, with which commands run as www there. It has doas and su: set becomeMethod: "doas" for the host, or install sudo.',
    );
    rmSync(join(home, "bin/su"));
    expect(await by("su")).toContain('It has doas: set becomeMethod: "doas" for the host, or install su.');
  });

  it.each([
    ["was seen nowhere", "other-node", {}],
    ["is another user's to find", "shop-node", { user: "other" }],
    ["is not what the command failed for", "echo 'shop-node: not found' >&2; exit 1", {}],
    ["has no name that is one word", "'shop-node x'", {}],
  ])("is left alone where it %s", async (_, text, more) => {
    install(".nvm/versions/node/v20.1.0/bin/shop-node");
    expect((await resultOf(text, ["/bin/sh"], more)).cause).toBeUndefined();
  });
});
