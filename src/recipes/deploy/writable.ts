import { type Script, script, sh } from "../../index.ts";
import { word } from "./check-findings.ts";
import { type DeployPaths, releasePath } from "./paths.ts";
import { parentsOf } from "./shared.ts";

/** How others may write: by mode, by group, or one user by an access control list. */
export type WritableBy = { readonly mode: string } | { readonly group: string } | { readonly user: string };

export interface WritableDirs {
  readonly dirs: readonly string[];
  /** Those of them that lie in `shared`, or below what does. */
  readonly linkedDirs: readonly string[];
  readonly by: WritableBy;
}

/**
 * Part of the check, for directories of `shared`, which may belong to somebody else by now: they are writable already, or ours, to be made so.
 * Says what is wrong with `problem`, and with `mend` what somebody who may do so types once.
 * @param looksOnly makes none that is missing
 */
export function checkWritable(paths: DeployPaths, writable: WritableDirs, looksOnly = false): Script {
  const { by } = writable;
  const shared = writable.dirs.filter((path) => isLinked(path, writable.linkedDirs)).map((path) => `${paths.shared}/${path}`);
  const lines = shared.map((directory) =>
    sh`
      ${looksOnly ? script(":") : script(sh`[ -d ${directory} ] || mkdir -p ${directory} 2>/dev/null`)}
      if [ -d ${directory} ] && ! ${isWritable(directory, by)} && ! ${isOurs(directory)}; then
        say 'problem %s belongs to another user, and %s (writableDirs).\n' ${directory} ${lacks(by)}
        say 'mend Once, on the host: %s\n' ${mending(directory, by)}
      fi
    `.trim(),
  );
  return script(prerequisites(by), ...lines);
}

/** Makes the directories of a release writable with all that is in them, those of `shared` by themselves where they are ours. */
export function makeWritable(paths: DeployPaths, id: string, { dirs, linkedDirs, by }: WritableDirs): string {
  const own = dirs.filter((path) => !isLinked(path, linkedDirs));
  const shared = dirs.filter((path) => isLinked(path, linkedDirs)).map((path) => `${paths.shared}/${path}`);
  const parts = [...new Set(own.flatMap((path) => [...parentsOf(path), path]))];
  return sh`
    cd ${releasePath(paths, id)} || exit 1
    for part in ${parts}; do
      [ ! -L "./$part" ] || { printf '%s is a symbolic link in this revision: what is behind it is not made writable.\n' "$part" >&2; exit 1; }
    done
    for path in ${own}; do
      path=./$path
      mkdir -p "$path" || exit 1
      ${allBelow(by)} || exit 1
    done
    for path in ${shared}; do
      ${isOurs(script('"$path"'))} || continue
      ${oneDirectory(by)} || exit 1
    done
  `;
}

/** Whether it belongs to who asks, in the shell: not each has `[ -O`. */
export function isOurs(path: string | Script): Script {
  return script(sh`[ -n "$(find -H ${path} -prune -user "$(id -u)" 2>/dev/null)" ]`);
}

function isLinked(path: string, linkedDirs: readonly string[]): boolean {
  return linkedDirs.some((linked) => path === linked || path.startsWith(`${linked}/`));
}

/** In the shell, for `$path` and all that is in it. Links are left alone. */
function allBelow(by: WritableBy): Script {
  if ("mode" in by) {
    const [group, others] = [...by.mode.slice(-2)].map((digit) => (Number(digit) & 2) !== 0);
    const files = ["u+rw", ...(group ? ["g+rw"] : []), ...(others ? ["o+rw"] : [])].join(",");
    return script(sh`{ find "$path" -type d -exec chmod ${by.mode} {} + && find "$path" -type f -exec chmod ${files} {} +; }`);
  }
  if ("group" in by)
    return script(
      sh`{ chgrp -Rh ${by.group} "$path" && chmod -R u+rwX,g+rwX "$path" && find "$path" -type d -exec chmod g+s {} +; }`,
    );
  return script(sh`setfacl -R -P -m ${entries(by.user)} -m "d:u:$(id -u):rwX" "$path"`);
}

/** In the shell, for `$path` alone. */
function oneDirectory(by: WritableBy): Script {
  if ("mode" in by) return script(sh`chmod ${by.mode} "$path"`);
  if ("group" in by) return script(sh`{ chgrp ${by.group} "$path" && chmod u+rwx,g+rwxs "$path"; }`);
  return script(sh`setfacl -m ${entries(by.user)} -m "d:u:$(id -u):rwX" "$path"`);
}

/** True in the shell when it is so already. */
function isWritable(directory: string, by: WritableBy): Script {
  if ("mode" in by) return script(sh`[ -n "$(find ${directory} -prune -perm ${`-${by.mode}`})" ]`);
  if ("group" in by) return script(sh`[ -n "$(find ${directory} -prune -group ${by.group} -perm -0070 2>/dev/null)" ]`);
  return script(sh`{ getfacl -pc ${directory} 2>/dev/null | grep -qxF ${`user:${by.user}:rwx`}; }`);
}

function prerequisites(by: WritableBy): string {
  if ("mode" in by) return "";
  if ("group" in by) {
    return sh`
      case " $(id -Gn) " in
      *' '${by.group}' '*) ;;
      *) [ "$(id -u)" = 0 ] || {
        say 'problem %s is not in the group %s, and cannot give directories to it (writableBy).\n' "$(id -un)" ${by.group}
        say 'mend Once, on the host: sudo usermod -aG %s %s\n' ${by.group} "$(id -un)"
      } ;;
      esac
    `.trim();
  }
  return sh`
    command -v setfacl >/dev/null 2>&1 || say 'tool setfacl\n'
    id -u ${by.user} >/dev/null 2>&1 || say 'problem There is no user %s (writableBy).\n' ${by.user}
  `.trim();
}

function lacks(by: WritableBy): string {
  if ("mode" in by) return `its mode is not ${by.mode}`;
  return "group" in by ? `the group ${by.group} cannot write to it` : `${by.user} cannot write to it`;
}

/** What somebody types who may do everything. */
function mending(directory: string, by: WritableBy): string {
  const path = word(directory);
  if ("mode" in by) return `sudo chmod ${by.mode} ${path}`;
  if ("group" in by) return `sudo chgrp -R ${by.group} ${path} && sudo chmod -R g+rwX ${path}`;
  return `sudo setfacl -R -m ${entries(by.user)} ${path}`;
}

/** Of an access control list: for what is there, and for what will be made in it. */
function entries(user: string): string {
  return `u:${user}:rwX,d:u:${user}:rwX`;
}
