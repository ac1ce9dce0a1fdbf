import { spawnSync } from "node:child_process";
import { describe, expect } from "vitest";
import { allShells } from "../command/shells.ts";
import { startStory } from "../support/story.ts";
import { command, execute, fly } from "../transport/framing/shells.ts";
import { outcomesOf } from "./outcome.ts";

/** How each says its version. */
const VERSIONS: Readonly<Record<string, string>> = {
  dash: "dpkg-query -W -f '${Version}' dash",
  bash: "bash -c 'echo \"$BASH_VERSION\"'",
  "busybox sh": "busybox",
  mksh: "mksh -c 'echo \"$KSH_VERSION\"'",
  lksh: "lksh -c 'echo \"$KSH_VERSION\"'",
  ksh93: "ksh93 -c 'echo \"${.sh.version}\"'",
  yash: "yash -c 'echo \"$YASH_VERSION\"'",
  posh: "posh -c 'echo \"$POSH_VERSION\"'",
  zsh: "zsh -c 'echo \"$ZSH_VERSION\"'",
};

function versionOf(shell: string): string {
  const said = spawnSync("sh", ["-c", VERSIONS[shell] ?? ":"], { encoding: "utf8" }).stdout.split("\n")[0] ?? "";
  return said.replace(/^.*KSH (?=R\d)|^BusyBox v| multi-call.*$|^Version A?[A-Z]*M? /g, "").trim();
}

describe.each(allShells)("commands in $name", (shell) => {
  const { name, missing } = shell;
  const on = outcomesOf({ table: "shells", name, missing, version: missing === undefined ? versionOf(name) : "" });

  on("commands", async () => {
    const { results } = await fly(shell, [command("echo one; echo eins >&2"), command("exit 3")]);
    expect(results.map(({ stdout, stderr, exitCode }) => [stdout, stderr, exitCode])).toEqual([
      ["one\n", "eins\n", 0],
      ["", "", 3],
    ]);
  });

  on("a deploy and a rollback", { timeout: 120_000 }, async () => {
    const story = await startStory(0);
    try {
      await story.fleet.add({ sh: shell.path });
      story.deployfile();
      await story.succeed("-R all deploy");
      const first = story.current(0);
      story.repo.commit({ "index.txt": "v2\n" }, "v2");
      await story.succeed("-R all deploy");
      expect(story.current(0)).not.toBe(first);
      await story.succeed("-R all rollback");
      expect([story.current(0), story.locked(0)]).toEqual([first, false]);
    } finally {
      await story.end();
    }
  });

  on("a command with input", async () => {
    const { results } = await execute(shell, command("read -r first; cat; exit 3"), "one\ntwo");
    expect(results[0]).toMatchObject({ stdout: "two", exitCode: 3 });
  });
});
