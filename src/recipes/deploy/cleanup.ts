import { script, sh } from "../../index.ts";
import { ADOPTED, PM2_SOURCE } from "./adopted.ts";
import { holdLock } from "./lock.ts";
import { type DeployPaths, REMOVE, releasePath, workPath } from "./paths.ts";
import { REMOVING } from "./release-id.ts";
import { findBefore, findCurrent, type HostState, isGood, type ReleaseState } from "./state.ts";

type Removable = Pick<ReleaseState, "id" | "status" | "current" | "present" | "logged" | "adopted">;

/**
 * Ids of what a cleanup removes from a host, also what an earlier one has begun to remove.
 * @param keep as of `pickRemovals` @param made id of the release that a deploy has published since; undefined in a cleanup of its own
 */
export function releasesToRemove(state: HostState, keep: number, made?: string): readonly string[] {
  const live = findCurrent(state)?.id;
  const others = state.releases.filter(({ id }) => id !== made);
  const releases = made === undefined ? others : others.map((release) => ({ ...release, current: false }));
  const published = { status: "live", current: true, present: true, logged: undefined } as const;
  const all = made === undefined ? releases : [...releases, { id: made, ...published }];
  const before = made === undefined ? findBefore(state, live ?? "")?.id : live;
  return [...new Set([...state.removing, ...pickRemovals(all, keep, before)])];
}

/**
 * Ids of the releases that can go, oldest first: everything older than the oldest good release that is kept, and what
 * crashed or failed deploys left behind. Failed ones do not use up places. A directory that no record tells of counts as
 * good here: it comes from a tool that keeps no records.
 * @param keep good releases to keep, the current one included @param before the one before it, which is never removed
 */
export function pickRemovals(releases: readonly Removable[], keep: number, before: string | undefined): readonly string[] {
  const present = releases.filter((release) => release.present);
  const places = present.filter((release) => isGood(release) || release.status === "unknown" || release.current);
  const kept = places.slice(-keep);
  const oldest = kept[0]?.id ?? "";
  return present
    .filter((release) => !release.current && release.id !== before && release.adopted !== PM2_SOURCE)
    .filter((release) => release.id < oldest || isLeftover(release))
    .map((release) => release.id);
}

/** Half-built or failed, and never published as far as anybody wrote down. */
function isLeftover(release: Removable): boolean {
  return (release.status === "building" || release.status === "failed") && release.logged === undefined;
}

/**
 * Removes releases by name. Each is looked at again first: a directory, not a link nor behind one, and not what `current` points to.
 * A release gets another name before anything in it is removed, so that half of a release is never taken for one.
 * Prints `removed ID`, and `kept ID WHY` for what cannot be removed, which never fails a deploy.
 */
export function removeReleases(paths: DeployPaths, run: string, ids: readonly string[]): string {
  return sh`
    ${holdLock(paths, run)}
    ${REMOVE}
    ${ADOPTED}
    kept() { printf 'kept %s %s\n' "$id" "$(printf '%s\n' "$1" | head -n 1)"; }
    cd ${paths.releases} || exit 0
    for id in ${ids}; do
      if [ -L ${paths.releases} ]; then kept ${`${paths.releases} is a link.`}; continue; fi
      gone=./${script(REMOVING)}$id
      from=./$id
      if adopted "./$id"; then
        from=./$_to
        [ "$_to" != ${PM2_SOURCE} ] && [ "$(cd -P "$from" && pwd -P)" != "$(cd -P ${paths.current} 2>/dev/null && pwd -P)" ] || continue
      fi
      if [ -d "$from" ] && [ ! -L "$from" ] && [ "$(readlink ${paths.current})" != ${paths.releases}/"$id" ]; then
        if [ -L "$gone" ]; then kept "$gone is a link."; continue; fi
        error=$(mv "$from" "$gone" 2>&1) || { kept "$error"; continue; }
      fi
      # The name of one that was adopted, whose directory is on its way out.
      [ ! -d "$gone" ] || [ ! -L "./$id" ] || [ -e "./$id" ] || rm -f "./$id"
      [ -d "$gone" ] && [ ! -L "$gone" ] || continue
      # A program alone, where all goes well: no shell around it.
      if rm -rf "$gone" 2>/dev/null || error=$(remove "$gone" 2>&1); then echo "removed $id"; else kept "$error"; fi
    done
  `;
}

/** Packs the release that a rollback left into `rolled-back-release-ID.tar.gz` and removes its directory. */
export function archiveRelease(paths: DeployPaths, run: string, id: string): string {
  const directory = releasePath(paths, id);
  const archive = `${paths.root}/rolled-back-release-${id}.tar.gz`;
  const gone = `${paths.releases}/${REMOVING}${id}`;
  const work = workPath(paths, run);
  const draft = `${work}/archive.tar.gz`;
  return sh`
    ${holdLock(paths, run)}
    ${REMOVE}
    ${ADOPTED}
    live=$(cd -P ${paths.current} 2>/dev/null && pwd -P)
    cd ${paths.releases} 2>/dev/null || exit 0
    name=${id}
    ! adopted ${id} || name=./$_to
    [ -d "$name" ] && [ ! -L "$name" ] && [ ! -L ${paths.releases} ] && [ "$name" != ./${PM2_SOURCE} ] || exit 0
    [ "$(readlink ${paths.current})" != ${directory} ] && [ "$(cd -P "$name" 2>/dev/null && pwd -P)" != "\${live:-none}" ] || exit 0
    # Made where only this run works, for its eyes only: a name in a directory that others know may be a link by now.
    umask 077
    mkdir -p ${work} && tar -czf ${draft} "$name" || exit 1
    # Not every tar fails where there is no gzip; none packs sockets.
    all=$(find "$name" ! -type s -exec sh -c 'for path do echo; done' sh {} + | wc -l)
    if [ "$(tar -tzf ${draft} | wc -l)" -lt "$all" ]; then
      printf '%s was not packed whole: are tar and gzip all right? It stays.\n' ${directory} >&2
      exit 1
    fi
    # By another name before anything in it is removed: after a lost connection half of it would be packed over the whole.
    [ ! -L ${gone} ] && mv -f ${draft} ${archive} && mv "$name" ${gone} && remove ${gone} || exit 1
    [ ! -L ${directory} ] || rm -f ${directory}
    rmdir ${work} 2>/dev/null || :
  `;
}
