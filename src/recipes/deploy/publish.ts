import { posix } from "node:path";
import { type Script, script, sh } from "../../index.ts";
import { appendEntry, escapeField, type NewEntry } from "./journal.ts";
import { holdLock } from "./lock.ts";
import { type DeployPaths, releasePath, workPath } from "./paths.ts";

export interface Publication {
  /** The release to publish, as the journal is to know it. */
  readonly release: Omit<NewEntry, "status">;
  /** `deploy`: the release has just been built. `rollback`: it was there. */
  readonly kind: "deploy" | "rollback";
  /** Journal entries for the release that is left: was live, or is bad. */
  readonly left?: NewEntry | undefined;
  /** What `current` pointed to when this run looked, empty for nothing: it must be so still. Undefined: nobody has looked. */
  readonly from?: string | undefined;
}

/**
 * Makes `current` point to a release in one rename: the link is made where only this run works, beside `current`, and moved over the old
 * one, which `mv` does with rename(2) on every system and refuses when `current` is a directory. Then it is read back.
 * The journal comes second to the link: once the link points there, a journal that cannot be written is only a warning.
 */
export function publish(paths: DeployPaths, run: string, publication: Publication): string {
  const { release, kind, left, from } = publication;
  const target = releasePath(paths, release.id);
  const after = [left, { ...release, status: "live" } satisfies NewEntry].filter((entry) => entry !== undefined);
  return sh`
    ${holdLock(paths, run)}
    [ -d ${target}/ ] || { printf '%s\n' ${`${target} is gone.`} >&2; exit 1; }
    ${from === undefined ? script() : refuseMoved(paths, from, target)}
    ${kind === "deploy" ? script(`{ ${appendEntry(paths, { ...release, status: "complete" }).script}\n} || exit 1`) : script()}
    ${script(pointCurrent(paths, run, target))}
    { ${script(...after.map((entry) => appendEntry(paths, entry).script))}
    } || echo 'The journal could not be written: is the disk full?' >&2
    :
  `;
}

/** Somebody who broke the lock of this run, or a tool that knows no lock, has published meanwhile: that is not undone. */
function refuseMoved(paths: DeployPaths, from: string, target: string): Script {
  return script(sh`
    if [ -L ${paths.current} ] || [ ! -d ${paths.current} ]; then
      ${leadsTo(paths, from)} || case $(readlink ${paths.current}) in
      ${from}|${target}) ;;
      *)
        printf '%s\n' ${`${paths.current} has changed since this run began: somebody else has published.`} >&2
        exit 1 ;;
      esac
    fi
  `);
}

/** True in the shell when `current` is there and is that directory. Not every shell knows how to tell: then it is false, and nothing is started. */
function leadsTo(paths: DeployPaths, target: string): Script {
  return script(sh`[ ${paths.current} -ef ${target} ] 2>/dev/null`);
}

/**
 * Puts `current` back where it was before this run published `id`, and says so, also when it is asked again; does nothing where
 * this run did not publish. `before` undefined: nowhere.
 */
export function switchBack(
  paths: DeployPaths,
  run: string,
  id: string,
  before: { target: string; entry: NewEntry | undefined } | undefined,
): string {
  const point = before === undefined ? sh`rm -f ${paths.current}` : pointCurrent(paths, run, before.target);
  const note = before?.entry === undefined ? "" : appendEntry(paths, before.entry).script;
  const published = `${id} live .* ${escapeField(run)} ;$`;
  return sh`
    if [ "$(readlink ${paths.current})" != ${releasePath(paths, id)} ]; then
      [ "$(readlink ${paths.current})" != ${before?.target ?? ""} ] || ! grep -q ${published} ${paths.journal} 2>/dev/null || echo switched-back
      exit 0
    fi
    ${script(point, note)}
    echo switched-back
  `;
}

function pointCurrent(paths: DeployPaths, run: string, target: string): string {
  const work = draftPath(paths, run);
  const link = `${work}/${posix.basename(paths.current)}`;
  return sh`
    if [ -d ${paths.current} ] && [ ! -L ${paths.current} ]; then
      printf '%s\n' ${`${paths.current} is a directory, not a link: nothing was changed there.`} >&2
      exit 1
    fi
    { [ -d ${work} ] || mkdir -p ${work}; } && { [ ! -L ${link} ] || rm -f ${link}; } &&
      ln -s ${target} ${link} && mv -f ${link} ${posix.dirname(paths.current)}/ || exit 1
    if ! ${leadsTo(paths, target)} && [ "$(readlink ${paths.current})" != ${target} ]; then
      printf '%s\n' ${`${paths.current} does not point to ${target} although the link was made: something else is changing it.`} >&2
      exit 1
    fi
    ${work === workPath(paths, run) ? script() : script(sh`rmdir ${work} 2>/dev/null || rm -rf ${work}`)}
  `;
}

/** A directory of this run alone on the file system of `current`: only there is moving a link a rename. In `.fake`, it goes with the lock. */
function draftPath(paths: DeployPaths, run: string): string {
  const parent = posix.dirname(paths.current);
  return parent === paths.root ? workPath(paths, run) : `${parent}/.fake-${run}`;
}
