import { type Script, script, sh } from "../../../index.ts";
import { isCommitId } from "../revision.ts";
import { readTagged } from "../tagged-lines.ts";
import { extractRevision } from "./archive.ts";
import { checkMirror } from "./check-mirror.ts";
import { checkTar } from "./check-tar.ts";
import { type Clone, openClone, packCommits } from "./control-clone.ts";
import { hasRevision, refuseForeign } from "./mirror.ts";
import { type GitSource, gitSource } from "./repository.ts";
import { resolveHere } from "./resolve-here.ts";
import type { Artifact, Strategy } from "./strategy.ts";

/** Refs that are kept on the host so that the next deploy only sends what is new. */
const KEPT_REFS = 10;

/** Commits that a host may name as known: more make the question longer and the answer no better. */
const KNOWN_COMMITS = 100;

/** The control machine sends the commits that a host lacks: hosts need neither network nor credentials for the repository. */
export const push: Strategy = {
  name: "push",
  tools: ["git", "tar"],
  refKinds: ["branch", "tag", "commit"],

  check: (context, alone) =>
    script(
      checkTar(context.env.repoTree, alone).script,
      checkMirror(gitSource(context)).script,
      context.env.submodules === true
        ? sh`say 'problem The push strategy cannot send submodules: use scm: "git", or submodules: false.\n'`
        : "",
    ),

  probe(context) {
    const { repo } = context.paths;
    const has =
      context.revision === "" ? script() : script(sh`! ${hasRevision(gitSource(context))} || echo 'source has-revision'`);
    return script(sh`
      if [ -f ${repo}/HEAD ]; then
        ${has}
        git --git-dir=${repo} for-each-ref --sort=-creatordate --count=${KNOWN_COMMITS} --format='source knows %(objectname)' refs
        [ ! -f ${repo}/shallow ] || while read -r id; do echo "source shallow $id"; done <${repo}/shallow
      fi
    `);
  },

  resolveRevision: (env, control) =>
    resolveHere(
      env,
      control,
      "With the push strategy the control machine sends the code: it must be able to read the repository.",
    ),

  async prepare(hosts, control) {
    const artifact = new Map<string, Artifact>();
    const clones = new Map<string, Clone>();
    for (const context of hosts.filter(({ probe }) => !probe.includes("has-revision"))) {
      const { repository, revision } = gitSource(context);
      const name = `${revision} ${repository.url}`;
      const clone = clones.get(name) ?? (await openClone(control, repository, revision));
      clones.set(name, clone);
      const said = readTagged(context.probe.join("\n"));
      const [known = [], shallow = []] = ["knows", "shallow"].map((tag) => said(tag).filter(isCommitId));
      artifact.set(context.host, await packCommits(control, clone, { run: context.run, revision, known, shallow }));
    }
    return artifact;
  },

  transfer(context) {
    const { probe, artifact, revision } = context;
    if (probe.includes("has-revision") || artifact === undefined) return [];
    const title = `receive the commits of ${revision.slice(0, 12)}`;
    return [{ title, text: receivePack(gitSource(context)), stdin: artifact }];
  },

  createRelease(context, id) {
    const source = gitSource(context);
    return extractRevision(source, id, dropRepository(source));
  },
};

/** Takes a pack from standard input into the repository on the host, which has the length of ids that the commit has. */
function receivePack(source: GitSource): string {
  const { repo } = source.paths;
  const format = source.revision.length === 64 ? "sha256" : "sha1";
  return sh`
    has_format() { [ "$(git --git-dir=${repo} config extensions.objectFormat || echo sha1)" = ${format} ]; }
    if ! git --git-dir=${repo} rev-parse --git-dir >/dev/null 2>&1 || ! has_format; then
      ${refuseForeign(source)}
      rm -rf ${repo}
      GIT_DEFAULT_HASH=${format} git -c init.defaultBranch=main init --quiet --bare --template= ${repo} || exit 1
      has_format || { printf 'git on this host is too old for the ids of this repository (%s): it needs 2.29.\n' ${format} >&2; exit 1; }
    fi
    git --git-dir=${repo} index-pack --stdin >/dev/null || exit 1
    # From a clone that is shallow comes a commit without its parents: its tree has to be whole.
    git --git-dir=${repo} rev-list --objects --quiet ${source.revision} --not --all 2>/dev/null || {
      git --git-dir=${repo} rev-list --objects --quiet ${`${source.revision}^{tree}`} && echo ${source.revision} >>${repo}/shallow
    } || exit 1
    git --git-dir=${repo} update-ref ${`refs/fake/${source.revision}`} ${source.revision} || exit 1
    git --git-dir=${repo} for-each-ref --sort=-creatordate --format='%(refname)' refs/fake | tail -n +${KEPT_REFS + 1} |
      while read -r ref; do git --git-dir=${repo} update-ref -d "$ref"; done
  `;
}

/** What is damaged cannot be mended from here: without it, the next deploy sends everything. */
function dropRepository(source: GitSource): Script {
  return script(sh`
    rm -rf ${source.paths.repo} || exit 1
    echo 'It has been removed. Run the deploy again: all commits will be sent anew.' >&2
    exit 1
  `);
}
