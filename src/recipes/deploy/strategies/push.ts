import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { FakeError } from "../../../index.ts";
import { holdLock } from "../lock.ts";
import { findRevision, isFullSha, pickCommit, unknownRevision } from "../revision.ts";
import { type Script, script, sh } from "../sh.ts";
import { extractRevision } from "./archive.ts";
import { findCommits, openClone, packCommits } from "./control-clone.ts";
import { hasRevision, refuseForeign } from "./mirror.ts";
import { askAllRefs, askRemote, gitReason } from "./remote-refs.ts";
import type { Cargo, Source, Strategy } from "./strategy.ts";

/** Refs that are kept on the host so that the next deploy only sends what is new. */
const KEPT_REFS = 10;

/** Commits that a host may name as known: more make the question longer and the answer no better. */
const KNOWN_COMMITS = 100;

/** The control machine sends the commits that a host lacks: hosts need neither network nor credentials for the repository. */
export const push: Strategy = {
  name: "push",
  tools: ["git", "tar"],

  check: (source) =>
    source.submodules === true
      ? script(sh`say 'problem The push strategy cannot send submodules: use scm: "git", or submodules: false.\n'`)
      : script(),

  probe: (source) =>
    script(sh`
      if [ -f ${source.paths.repo}/HEAD ]; then
        ${source.revision === "" ? script() : script(sh`! ${hasRevision(source)} || echo 'source has-revision'`)}
        git --git-dir=${source.paths.repo} for-each-ref --sort=-creatordate --count=${KNOWN_COMMITS} --format='source knows %(objectname)' refs
      fi
    `),

  async resolveRevision(request, control) {
    const refs = await askRemote(control, request).catch((error: unknown) => {
      throw new FakeError("REPOSITORY_UNREACHABLE", `The repository ${request.url} cannot be read: ${gitReason(error)}`, {
        hint: "With the push strategy the control machine sends the code: it must be able to read the repository.",
        cause: error,
      });
    });
    const found = findRevision(request, refs);
    if (found.kind === "missing") throw unknownRevision(request, await askAllRefs(control, request));
    if (found.kind !== "short") return found;
    const clone = await openClone(control, request);
    return pickCommit(request, await findCommits(control, clone, found.name), refs);
  },

  async prepare(needs, control) {
    const cargo = new Map<string, Cargo>();
    for (const { host, source, probe } of needs.filter((need) => !need.probe.includes("has-revision"))) {
      const clone = await openClone(control, source.repository, source.revision);
      cargo.set(host, await packCommits(control, clone, source.revision, knownCommits(probe)));
    }
    return cargo;
  },

  transfer(source, probe, cargo) {
    if (probe.includes("has-revision") || cargo === undefined) return [];
    return [
      {
        title: `receive the commits of ${source.revision.slice(0, 12)}`,
        text: receivePack(source),
        stdin: openLazily(cargo.file),
      },
    ];
  },

  createRelease(source, id) {
    return {
      title: `extract ${source.revision.slice(0, 12)} into releases/${id}`,
      text: extractRevision(source, id, dropRepository(source)),
    };
  },
};

/** Takes a pack from standard input into the repository on the host. */
function receivePack(source: Source): string {
  const { repo } = source.paths;
  return sh`
    ${holdLock(source.paths, source.run)}
    if ! git --git-dir=${repo} rev-parse --git-dir >/dev/null 2>&1; then
      ${refuseForeign(source)}
      rm -rf ${repo}
      git -c init.defaultBranch=main init --quiet --bare ${repo} || exit 1
    fi
    git --git-dir=${repo} index-pack --stdin >/dev/null || exit 1
    git --git-dir=${repo} rev-list --objects --quiet ${source.revision} --not --all || exit 1
    git --git-dir=${repo} update-ref ${`refs/fake/${source.revision}`} ${source.revision} || exit 1
    git --git-dir=${repo} for-each-ref --sort=-creatordate --format='%(refname)' refs/fake | tail -n +${KEPT_REFS + 1} |
      while read -r ref; do git --git-dir=${repo} update-ref -d "$ref"; done
  `;
}

/** What is damaged cannot be mended from here: without it, the next deploy sends everything. */
function dropRepository(source: Source): Script {
  return script(sh`
    rm -rf ${source.paths.repo}
    echo 'It has been removed. Run the deploy again: all commits will be sent anew.' >&2
    exit 1
  `);
}

function knownCommits(probe: readonly string[]): readonly string[] {
  return probe.flatMap((line) => (line.startsWith("knows ") ? [line.slice("knows ".length)] : [])).filter(isFullSha);
}

/** Opened at the first read: a command that is never sent leaves no file open. */
function openLazily(file: string): Readable {
  return Readable.from(
    (async function* read() {
      yield* createReadStream(file);
    })(),
    { objectMode: false },
  );
}
