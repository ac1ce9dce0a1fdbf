import { posix } from "node:path";
import { type Script, script, sh } from "../../index.ts";
import { checkLive, NO_LINK } from "./adopted.ts";
import { word } from "./check-findings.ts";
import { isOwnedBy } from "./lock.ts";
import type { DeployPaths } from "./paths.ts";
import { parentsOf } from "./shared.ts";
import { checkWritable, isOurs, type WritableDirs } from "./writable.ts";

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
  /** It must be able to pack a release. @default false */
  readonly packs?: boolean | undefined;
  /** The strategy's own questions. What is wrong they say with `say 'problem TEXT\n'`. */
  readonly source: Script;
  /** Bytes that must be free. */
  readonly minFreeSpace: number;
  /** Makes nothing, and removes nothing: says what could not be made. @default false */
  readonly looksOnly?: boolean | undefined;
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
  return sh`
    bad=0
    say() { bad=1; printf "$@"; }
    ${UNWRITABLE}
    ${request.looksOnly === true ? CANNOT_MAKE : MAKE}
    for directory in ${directories}; do
      [ -d "$directory" ] || make "$directory" || say 'problem Cannot make %s: %s\n' "$directory" "$error"
    done
    for directory in ${[paths.releases, paths.fake]}; do
      [ ! -L "$directory" ] || say 'problem %s is a link: what is behind it is not removed from. Name the directory itself (releasesPath).\n' "$directory"
    done
    ${request.looksOnly === true ? lookWhetherWritable([paths.fake, paths.shared]) : writeProbe(paths, request.run)}
    ${lookWhetherWritable([paths.releases])}
    ${checkParent(paths)}
    ${checkRecords(paths, request.kind)}
    if [ -L ${paths.current} ]; then
      ${checkLive(paths, request.kind)}
    elif [ -d ${paths.current} ]; then
      say 'problem %s is a directory, not a link to a release.\n' ${paths.current}
      say 'mend %s\n' ${NO_LINK}
    elif [ -e ${paths.current} ]; then say 'problem %s is a file, not a link to a release: move it away.\n' ${paths.current}
    fi
    ${request.kind === "deploy" ? checkForDeploy(paths, request) : script()}
    exit $bad
  `;
}

/** What `fake adopt` writes to: the same looks, and lines for `findProblems`. Makes nothing. */
export function checkForNotes(paths: DeployPaths): Script {
  const directories = [paths.releases, paths.fake];
  return script(sh`
    say() { printf "$@"; }
    ${UNWRITABLE}
    ${CANNOT_MAKE}
    for directory in ${directories}; do
      [ -d "$directory" ] || make "$directory" || say 'problem Cannot make %s: %s\n' "$directory" "$error"
    done
    ${lookWhetherWritable(directories)}
    ${checkRecord(paths.journal, script("say 'problem '; say"), sh`unwritable ${paths.journal} ${word(paths.journal)}`)}
  `);
}

/** Defines `make`, which makes a directory, or says in `error` why it cannot. */
const MAKE = script(sh`make() { error=$(mkdir -p "$1" 2>&1); }`);

/** The same without making it: by the nearest directory that is there. */
const CANNOT_MAKE = script(sh`
  above() { above=$1; while [ ! -e "$above" ] && [ ! -L "$above" ]; do above=\${above%/*} above=\${above:-/}; done; }
  make() {
    above "$1"
    if [ ! -d "$above" ]; then error="$above is no directory"
    elif [ ! -w "$above" ] || [ ! -x "$above" ]; then error="$above cannot be written to"
    else return 0
    fi
    return 1
  }
`);

/** What is not there can be made, or was told. */
function lookWhetherWritable(directories: readonly string[]): Script {
  return script(sh`
    for directory in ${directories}; do
      if [ -d "$directory" ] && [ ! -w "$directory" ]; then say 'problem Cannot write to %s.\n' "$directory"; fi
    done
  `);
}

/** Whoever has just written the lock can write. */
function writeProbe(paths: DeployPaths, run: string): Script {
  const probe = `${paths.fake}/probe-${run}`;
  return script(sh`
    if ${isOwnedBy(paths, run)} && [ -w ${paths.fake} ]; then
      ${removeLeftovers(paths, run)}
    elif error=$( { echo probe >${probe} && rm -f ${probe}; } 2>&1 ); then :
    else say 'problem Cannot write to %s: %s\n' ${paths.fake} "$error"; rm -f ${probe}; fi
  `);
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

/** Defines `unwritable`: whose something is that cannot be written to, and what makes that good. `$1` is its path, `$2` that as it is typed. */
const UNWRITABLE = script(sh`
  owner() { set -- $(ls -ld "$1" 2>/dev/null); echo "\${3:-somebody else}"; }
  unwritable() {
    say 'problem %s cannot be written to: it belongs to %s.\n' "$1" "$(owner "$1")"
    if ${isOurs(script('"$1"'))}; then say 'mend Once, on the host: chmod -R u+w %s\n' "$2"
    else say 'mend Once, on the host: sudo chown -R "$USER" %s\n' "$2"
    fi
  }
`);

/** What would be written only when the release is live. A rollback is not kept from going back by it. */
function checkRecords(paths: DeployPaths, kind: CheckRequest["kind"]): Script {
  const tell = script(kind === "rollback" ? "printf 'remark '; printf" : "say 'problem '; say");
  const parts = [paths.revisionsLog, paths.journal].map((file) => {
    const locked = kind === "rollback" ? sh`${tell} '%s cannot be written to.\n' ${file}` : sh`unwritable ${file} ${word(file)}`;
    return checkRecord(file, tell, locked).script;
  });
  const root = kind === "deploy" && posix.dirname(paths.current) !== paths.root ? lookWhetherWritable([paths.root]).script : "";
  return script(...parts, root);
}

function checkRecord(file: string, tell: Script, locked: string): Script {
  return script(sh`
    if [ -d ${file} ]; then ${tell} '%s is a directory, and has to be a file.\n' ${file}
    elif [ -e ${file} ] && [ ! -w ${file} ]; then ${script(locked)}
    fi
  `);
}

/** In the shell, without a program where that has `[ -k`: posh has not. */
function isSticky(path: string): Script {
  return script(sh`{ [ -k ${path} ] || { [ $? = 2 ] && [ -n "$(find -H ${path} -prune -perm -1000)" ]; }; }`);
}

/** In a directory like /tmp, only its owner replaces a link. No program is started for any other. */
function checkParent(paths: DeployPaths): Script {
  const parent = posix.dirname(paths.current);
  const problem =
    parent === paths.root ? "Cannot write to %s, where current belongs." : "%s, where current belongs, cannot be written to.";
  return script(sh`
    if [ -d ${parent} ] && [ ! -w ${parent} ]; then say ${`problem ${problem}\\n`} ${parent}
    elif [ -L ${paths.current} ] && [ ! -w / ] && ${isSticky(parent)} && ! ${isOurs(parent)} && [ -z "$(find ${paths.current} -prune -user "$(id -u)")" ]; then
      say 'problem %s belongs to another user, and only its owner may replace it.\n' ${paths.current}
      say 'mend Once, on the host: sudo chown -h "$USER" %s; or take the sticky bit from %s.\n' ${word(paths.current)} ${word(parent)}
    fi 2>/dev/null
  `);
}

function checkForDeploy(paths: DeployPaths, request: CheckRequest): Script {
  const { linkedDirs, linkedFiles, writable, tools, packs, source, minFreeSpace } = request;
  return script(sh`
    for path in ${[...new Set([...linkedDirs, ...linkedFiles.flatMap(parentsOf)])]}; do
      if [ -e ${paths.shared}/"$path" ] && [ ! -d ${paths.shared}/"$path" ]; then say 'kind directory %s\n' "$path"; continue; fi
      [ -d ${paths.shared}/"$path" ] || make ${paths.shared}/"$path" || say 'problem Cannot make %s: %s\n' ${paths.shared}/"$path" "$error"
    done
    for path in ${linkedFiles}; do
      if [ -d ${paths.shared}/"$path" ]; then say 'kind file %s\n' "$path"
      elif [ -e ${paths.shared}/"$path" ]; then :
      elif case $path in */*) [ -d ${paths.shared}/"\${path%/*}" ];; *) [ -d ${paths.shared} ];; esac; then say 'missing %s\n' "$path"
      else say 'unmade %s\n' "$path"
      fi
    done
    ${writable === undefined || writable.dirs.length === 0 ? script() : checkWritable(paths, writable, request.looksOnly)}
    for tool in ${tools}; do
      command -v "$tool" >/dev/null 2>&1 || say 'tool %s\n' "$tool"
    done
    ${packs === true ? CAN_PACK : script()}
    ${request.looksOnly === true ? script(sh`above ${paths.root}`) : script(sh`above=${paths.root}`)}
    ${checkSpace(minFreeSpace)}
    ${source}
  `);
}

/** Not every tar fails where there is no gzip. */
const CAN_PACK = script(sh`
  if [ "$(tar -czf - -C / dev/null 2>/dev/null | tar -tzf - 2>/dev/null)" != dev/null ]; then
    say 'problem tar cannot pack with gzip here, which archiveRolledBack needs: is gzip installed?\n'
  fi
`);

/**
 * The numbers before the percentage in what `df -P` prints: all, used, available. Names may hold blanks; the last that look like
 * this are those of the file system. File systems that make inodes as they need them have none "in all".
 */
function checkSpace(minFreeSpace: number): Script {
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
    # Of numbers as they are printed: mksh counts in 32 bits.
    below() {
      [ \${#1} = \${#2} ] || { [ \${#1} -lt \${#2} ]; return; }
      while [ \${#1} -gt 9 ]; do set -- "\${1%?}" "\${2%?}"; done
      [ "$1" -lt "$2" ]
    }
    set -f
    if room "$(df -Pk "$above" 2>/dev/null)" && below "$free" ${Math.ceil(minFreeSpace / 1024)}; then say 'space %s\n' "$free"; fi
    if room "$(df -Pi "$above" 2>/dev/null)" && [ "$all" != 0 ] && below "$free" ${MIN_FREE_INODES}; then say 'inodes %s\n' "$free"; fi
    set +f
  `);
}
