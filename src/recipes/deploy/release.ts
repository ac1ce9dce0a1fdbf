import { type Script, script, sh } from "../../index.ts";
import { appendEntry, escapeField, type NewEntry } from "./journal.ts";
import { holdLock } from "./lock.ts";
import { type DeployPaths, REMOVE, releasePath } from "./paths.ts";

/**
 * Makes the empty directory of a new release. `mkdir` proves that the id is free: what is there already is never touched, unless
 * this run has begun it, and did not hear of it. `replaces`: an earlier run has begun it, and this one is to finish it.
 */
export function makeRelease(paths: DeployPaths, run: string, release: Omit<NewEntry, "status">, replaces = false): string {
  const directory = releasePath(paths, release.id);
  const collision = `${directory} exists already: something else deploys to this path. Run the deploy again.`;
  const building = appendEntry(paths, { ...release, status: "building" });
  const failed = appendEntry(paths, { ...release, status: "failed" });
  return sh`
    ${holdLock(paths, run)}
    if [ -e ${directory} ] || [ -L ${directory} ]; then
      if [ -L ${directory} ] || [ -L ${paths.releases} ] || ! { ${replaces ? script(":") : isBeingBuilt(paths, release)}; }; then printf '%s\n' ${collision} >&2; exit 1; fi
      ${REMOVE}
      remove ${directory} || exit 1
    fi
    { ${building}
    } || exit 1
    if { [ -d ${paths.releases} ] || mkdir -p ${paths.releases}; } && mkdir ${directory}; then exit 0; fi
    ${failed}
    exit 1
  `;
}

/** Writes the commit into the release, not through a link of the revision's own. Nobody reads a release before it is published. */
export function writeRevision(paths: DeployPaths, id: string, revision: string): string {
  const file = `${releasePath(paths, id)}/REVISION`;
  return sh`
    [ ! -d ${file} ] || { printf '%s\n' ${`${file} is a directory of this revision: there is no room for the REVISION file.`} >&2; exit 1; }
    [ ! -L ${file} ] || rm -f ${file} || exit 1
    printf '%s\n' ${revision} >${file}
  `;
}

/**
 * Removes a release that this run has made and not published, and says so in the journal and with `discarded`, or `kept WHY` where it is not
 * gone. Where it was published, it stays. What another run made, or what was there before, is not touched.
 */
export function discardRelease(paths: DeployPaths, release: Omit<NewEntry, "status">): string {
  const directory = releasePath(paths, release.id);
  return sh`
    [ "$(readlink ${paths.current})" != ${directory} ] || exit 0
    ${isBeingBuilt(paths, release)} || exit 0
    ${REMOVE}
    if [ -L ${directory} ] || [ -L ${paths.releases} ]; then error='It is behind a link.'
    else error=$(remove ${directory} 2>&1)
    fi
    ${appendEntry(paths, { ...release, status: "failed" })}
    if [ -e ${directory} ] || [ -L ${directory} ]; then printf 'kept %s\n' "$(printf '%s\n' "$error" | head -n 1)"
    else echo discarded
    fi
  `;
}

/**
 * True in the shell when this run has begun the release, and the journal does not call it failed. A torn line may stand before the
 * entry.
 */
function isBeingBuilt(paths: DeployPaths, { id, run }: Omit<NewEntry, "status">): Script {
  const begun = `${id} building .* ${escapeField(run)} ;$`;
  return script(
    sh`{ grep -q ${begun} ${paths.journal} && case $(grep ${`${id} `} ${paths.journal} | tail -n 1) in *${script(id)}" failed "*) false ;; esac; } 2>/dev/null`,
  );
}
