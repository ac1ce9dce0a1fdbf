import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeRelease } from "../../../src/recipes/deploy/release.ts";
import { git } from "../../../src/recipes/deploy/strategies/git.ts";
import { posixShells } from "../../command/shells.ts";
import { createGitRepo } from "../../support/git-repo.ts";
import { buildContext } from "./build-context.ts";
import { createShellHost } from "./shell-host.ts";

const RUN = "run-1";

describe("a tree that no git would write", () => {
  const busybox = posixShells.find(({ name }) => name.startsWith("busybox"))?.missing;
  const without = busybox === undefined ? "" : ` (without busybox: ${busybox})`;

  it.each(busybox === undefined ? ["tar", "busybox tar"] : ["tar"])(
    `does not reach out of the release, with %s${without}`,
    (tar) => {
      const folder = mkdtempSync(join(tmpdir(), "fake-tree-"));
      const host = createShellHost();
      try {
        const repo = createGitRepo(join(folder, "repository"));
        repo.commit({ "index.txt": "v1\n" });
        const object = (type: string, input: Buffer): string =>
          spawnSync("git", ["hash-object", "-t", type, "--literally", "-w", "--stdin"], {
            cwd: repo.directory,
            input,
            encoding: "utf8",
          }).stdout.trim();
        const entry = (mode: string, name: string, id: string): Buffer =>
          Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(id, "hex")]);
        const blob = object("blob", Buffer.from("evil"));
        const inside = object("tree", entry("100644", "evil", blob));
        const link = object("blob", Buffer.from(join(folder, "outside")));
        mkdirSync(join(folder, "outside"));
        const trees = [
          entry("40000", "..", inside),
          Buffer.concat([entry("120000", "a", link), entry("40000", "a", inside)]),
          entry("100644", "../evil", blob),
          entry("104755", "setuid", blob),
        ].map((content) => object("tree", content));
        const bin = join(folder, "bin");
        mkdirSync(bin);
        writeFileSync(join(bin, "tar"), `#!/bin/sh\nexec ${tar === "tar" ? "/bin/tar" : "busybox tar"} "$@"\n`, { mode: 0o755 });
        for (const [index, tree] of trees.entries()) {
          const sha = object("commit", Buffer.from(`tree ${tree}\nauthor a <a> 0 +0000\ncommitter a <a> 0 +0000\n\nx\n`));
          repo.git("update-ref", "refs/heads/main", sha);
          const context = buildContext({ paths: host.paths, run: RUN, revision: sha }, { repoUrl: repo.directory });
          const vars = { GIT_ALLOW_PROTOCOL: "file", PATH: `${bin}:${process.env["PATH"]}` };
          for (const part of git.transfer?.(context) ?? []) host.run(part.text, { vars });
          host.run(makeRelease(host.paths, RUN, { id: `2026010100000${index}`, sha, branch: "main", user: "a", run: RUN }));
          host.run(git.createRelease(context, `2026010100000${index}`).text, { vars });
          expect([existsSync(join(folder, "outside", "evil")), existsSync(join(host.paths.releases, "evil"))]).toEqual([
            false,
            false,
          ]);
          const setuid = spawnSync("find", [host.paths.releases, "-perm", "-4000"], { encoding: "utf8" }).stdout;
          expect(setuid).toBe("");
        }
      } finally {
        host.remove();
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});
