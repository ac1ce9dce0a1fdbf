import { posix } from "node:path";
import { type Script, script, sh } from "../../index.ts";
import { isOwnedBy } from "./lock.ts";
import type { DeployPaths } from "./paths.ts";
import { parentsOf } from "./shared.ts";
import { checkWritable, type WritableDirs } from "./writable.ts";

export interface CheckRequest {
  readonly run: string;
  /** `rollback` asks for little: it must work when little does. */
  readonly kind: "deploy" | "rollback";
  readonly linkedDirs: readonly string[];
  readonly linkedFiles: readonly string[];
  /** Those that others may write into. @default none */
  readonly writable?: WritableDirs | undefined;
  /** Programs without which the strategy cannot work. */
  readonly tools: readonly string[];
  /** The strategy's own questions. What is wrong they say with `say 'problem TEXT\n'`. */
  readonly source: Script;
  /** Bytes that must be free. */
  readonly minFreeSpace: number;
}

/** Files that must still fit on the file system: a release has many. */
const MIN_FREE_INODES = 1000;

/** Names of directories of runs. */
const RUN_GLOB = script("[0-9a-f]".repeat(16));

/**
 * Makes the directories of the layout and looks at everything that a deploy needs of a host, in one command. It prints
 * a line for each thing that is wrong, for `parseFindings`, and fails when there is one.
 */
export function checkHost(paths: DeployPaths, request: CheckRequest): string {
  const directories = [paths.root, paths.releases, paths.shared, paths.fake];
  const probe = `${paths.fake}/probe-${request.run}`;
  return sh`
    bad=0
    say() { bad=1; printf "$@"; }
    for directory in ${directories}; do
      [ -d "$directory" ] || error=$(mkdir -p "$directory" 2>&1) || say 'problem Cannot make %s: %s\n' "$directory" "$error"
    done
    for directory in ${[paths.releases, paths.fake]}; do
      [ ! -L "$directory" ] || say 'problem %s is a link: what is behind it is not removed from. Name the directory itself (releasesPath).\n' "$directory"
    done
    # Whoever has just written the lock can write.
    if ${isOwnedBy(paths, request.run)} && [ -w ${paths.fake} ]; then
      ${removeLeftovers(paths, request.run)}
    elif error=$( { echo probe >${probe} && rm -f ${probe}; } 2>&1 ); then :
    else say 'problem Cannot write to %s: %s\n' ${paths.fake} "$error"; rm -f ${probe}; fi
    if [ ! -w ${paths.releases} ]; then say 'problem Cannot write to %s.\n' ${paths.releases}; fi
    ${checkParent(paths)}
    if [ -L ${paths.current} ]; then :
    elif [ -d ${paths.current} ]; then say 'problem %s is a directory, not a link to a release: move it away.\n' ${paths.current}
    elif [ -e ${paths.current} ]; then say 'problem %s is a file, not a link to a release: move it away.\n' ${paths.current}
    fi
    ${request.kind === "deploy" ? checkForDeploy(paths, request) : script()}
    exit $bad
  `;
}

/** What runs that were killed have left in `.fake`; not what a run inside this one may be using. */
function removeLeftovers(paths: DeployPaths, run: string): Script {
  return script(sh`
    [ -L ${paths.fake} ] || for left in ${paths.fake}/*; do
      name=\${left##*/}
      owner=\${name#*-}
      case $name in
        probe-*|unlocked-*|breaking-*|${RUN_GLOB}) ;;
        # Whom it is for may be in a long step yet.
        broken-*) [ -n "$(find "$left" -prune -mmin +1440)" ] || continue ;;
        *) continue ;;
      esac
      if [ "$owner" = ${run} ] || [ -e ${paths.lock}/"$owner".alive ]; then continue; fi
      rm -rf "$left"
    done
  `);
}

/** In a directory like /tmp, only its owner replaces a link. No program is started for any other. */
function checkParent(paths: DeployPaths): Script {
  const parent = posix.dirname(paths.current);
  const problem =
    parent === paths.root ? "Cannot write to %s, where current belongs." : "%s, where current belongs, cannot be written to.";
  return script(sh`
    if [ ! -w ${parent} ]; then say ${`problem ${problem}\\n`} ${parent}
    elif [ -k ${parent} ] && [ -L ${paths.current} ] && [ ! -O ${parent} ] && [ ! -w / ] && [ -z "$(find ${paths.current} -prune -user "$(id -u)")" ]; then
      say 'problem %s belongs to another user, and only its owner may replace it: remove it, or take the sticky bit from %s.\n' ${paths.current} ${parent}
    fi 2>/dev/null
  `);
}

function checkForDeploy(
  paths: DeployPaths,
  { linkedDirs, linkedFiles, writable, tools, source, minFreeSpace }: CheckRequest,
): Script {
  return script(sh`
    for path in ${[...new Set([...linkedDirs, ...linkedFiles.flatMap(parentsOf)])]}; do
      if [ -e ${paths.shared}/"$path" ] && [ ! -d ${paths.shared}/"$path" ]; then say 'kind directory %s\n' "$path"; continue; fi
      [ -d ${paths.shared}/"$path" ] || error=$(mkdir -p ${paths.shared}/"$path" 2>&1) || say 'problem Cannot make %s: %s\n' ${paths.shared}/"$path" "$error"
    done
    for path in ${linkedFiles}; do
      if [ -d ${paths.shared}/"$path" ]; then say 'kind file %s\n' "$path"
      elif [ ! -e ${paths.shared}/"$path" ]; then say 'missing %s\n' "$path"
      fi
    done
    ${writable === undefined || writable.dirs.length === 0 ? script() : checkWritable(paths, writable)}
    for tool in ${tools}; do
      command -v "$tool" >/dev/null 2>&1 || say 'tool %s\n' "$tool"
    done
    ${checkSpace(paths, minFreeSpace)}
    ${source}
  `);
}

/**
 * The numbers before the percentage in what `df -P` prints: all, used, available. Names may hold blanks; the last that look like
 * this are those of the file system. File systems that make inodes as they need them have none "in all".
 */
function checkSpace(paths: DeployPaths, minFreeSpace: number): Script {
  return script(sh`
    room() {
      all= free= one= two= three=
      for word in $1; do
        case $word in
        [0-9]*%) case $one$two$three in ''|*[!0-9]*) ;; *) [ -z "$one" ] || { all=$one free=$three; } ;; esac ;;
        esac
        one=$two two=$three three=$word
      done
      [ -n "$all" ]
    }
    set -f
    if room "$(df -Pk ${paths.root} 2>/dev/null)" && [ "$free" -lt ${Math.ceil(minFreeSpace / 1024)} ]; then say 'space %s\n' "$free"; fi
    if room "$(df -Pi ${paths.root} 2>/dev/null)" && [ "$all" -gt 0 ] && [ "$free" -lt ${MIN_FREE_INODES} ]; then say 'inodes %s\n' "$free"; fi
    set +f
  `);
}
