import { z } from "zod";

/** What is right and wrong for the deploy recipe's settings. Each schema says all that is wrong with a value at once. */

const CONTROL = /\p{Cc}/u;

/** Directories that hold more than one application, or the system itself. */
const TOO_GENERAL = new Set(
  "/ /bin /boot /data /dev /etc /home /lib /lib64 /media /mnt /opt /proc /root /run /sbin /srv /sys /tmp /usr /usr/local /usr/share /var /var/lib /var/log /var/tmp /var/www".split(
    " ",
  ),
);

/** An absolute path on the host, without a trailing slash. */
export const absolutePath = z
  .string()
  .transform(normalise)
  .superRefine((path, context) => {
    for (const message of pathFaults(path)) context.addIssue({ code: "custom", message });
  })
  .describe("absolute path");

/** Where an application lives: a directory of its own. */
export const deployPathSchema = z
  .string()
  .transform(normalise)
  .superRefine((path, context) => {
    const faults = pathFaults(path);
    if (faults.length === 0 && (TOO_GENERAL.has(path) || /^\/home\/[^/]+$/.test(path))) {
      faults.push(`${path} is not a directory for one application: use one below it, such as ${path === "/" ? "" : path}/my-app`);
    }
    for (const message of faults) context.addIssue({ code: "custom", message });
  })
  .describe("absolute path");

function normalise(path: string): string {
  return path.length > 1 ? path.replaceAll(/\/+/g, "/").replace(/(?<=.)(?:\/\.)*\/$/, "") : path;
}

function pathFaults(path: string): string[] {
  if (path === "") return ["must not be empty"];
  if (CONTROL.test(path)) return ["must not contain control characters"];
  const faults: string[] = [];
  if (path.startsWith("~")) faults.push("must be absolute: nothing expands ~ here; write /home/user/...");
  else if (path.startsWith("$")) faults.push("must be absolute: nothing expands variables here");
  else if (!path.startsWith("/")) faults.push("must be absolute: begin with /");
  if (path.split("/").some((part) => part === ".." || part === ".")) faults.push('must not contain ".." or "." as a part');
  return faults;
}

/** What is wrong with a path below `shared` and a release. */
export function relativePathFault(path: string): string | undefined {
  const shown = JSON.stringify(path);
  if (path === "") return "contains an empty path";
  if (CONTROL.test(path)) return `${shown} contains control characters`;
  if (path.startsWith("/")) return `${shown} must be relative: it is the same below shared and below a release`;
  if (path.split("/").some((part) => part === "..")) return `${shown} must not contain ".."`;
  if (path.split("/").some((part) => part === "." || part === ""))
    return `${shown} must be plain: no ".", no "//", no slash at its end`;
  if (path === "REVISION") return `${shown} is the file that says which commit a release is`;
  return undefined;
}

/** Paths that are linked from `shared` into each release. */
export const linkedPaths = z
  .array(z.string())
  .readonly()
  .superRefine((paths, context) => {
    const faults = [...paths.flatMap((path) => relativePathFault(path) ?? []), ...overlaps(paths, paths)];
    for (const message of faults) context.addIssue({ code: "custom", message });
  })
  .describe("list of relative paths");

/** Paths that are there twice, or lie inside one another: no link can be inside another. */
function overlaps(paths: readonly string[], others: readonly string[]): readonly string[] {
  const faults = new Set<string>();
  for (const [at, path] of paths.entries()) {
    for (const [where, other] of others.entries()) {
      const same = paths === others && at === where;
      if (!same && path === other) faults.add(`${JSON.stringify(path)} is listed twice`);
      if (path !== "" && other.startsWith(`${path}/`)) faults.add(`${JSON.stringify(other)} lies inside ${JSON.stringify(path)}`);
    }
  }
  return [...faults];
}

/** Paths of two lists that are the same, or lie inside one another. */
export function meetings(one: readonly string[], other: readonly string[]): readonly string[] {
  return [...new Set([...overlaps(one, other), ...overlaps(other, one)])];
}

/** A directory of the repository; empty for all of it. */
export const treePath = z
  .string()
  .superRefine((path, context) => {
    const fault = path === "" ? undefined : path.startsWith("-") ? "must not begin with -" : relativePathFault(path);
    if (fault !== undefined) context.addIssue({ code: "custom", message: fault });
  })
  .describe("relative path, or empty for all");

/** A branch, a tag, a commit, or `HEAD`: by the rules that git has for names. */
export const refSchema = z
  .string()
  .superRefine((ref, context) => {
    const fault = refFault(ref);
    if (fault !== undefined) context.addIssue({ code: "custom", message: fault });
  })
  .describe("branch, tag or commit");

function refFault(ref: string): string | undefined {
  if (ref === "") return "must not be empty";
  if (ref.length > 255) return "is longer than 255 characters";
  if (ref.startsWith("-")) return "must not begin with -";
  if (CONTROL.test(ref)) return "must not contain control characters";
  if (/[\s~^:?*[\\]|\.\.|@\{|\/\/|(?:^|\/)\.|\.(?:$|\/)|\/$|^\/|\.lock(?:$|\/)|^@$/.test(ref))
    return `${JSON.stringify(ref)} cannot be the name of a branch or tag`;
  return undefined;
}

/** Where a repository is: https, http, ssh, git and file URLs, `user@host:path`, or an absolute path. */
export const repoUrlSchema = z
  .string()
  .superRefine((url, context) => {
    const fault = repoUrlFault(url);
    if (fault !== undefined) context.addIssue({ code: "custom", message: fault });
  })
  .describe("URL, user@host:path or absolute path");

function repoUrlFault(url: string): string | undefined {
  if (url === "") return "must not be empty";
  if (url.length > 2048) return "is longer than 2048 characters";
  if (url.startsWith("-")) return "must not begin with -";
  if (CONTROL.test(url)) return "must not contain control characters";
  if (/^[\w+.-]*::/.test(url)) return "must not name a remote helper: those run commands";
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1];
  if (scheme !== undefined) {
    if (!["file", "git", "http", "https", "ssh"].includes(scheme))
      return `must not use ${scheme}: use https, ssh, git, http or file`;
    return /^[a-z]+:\/\/(?:[^/]*@)?-/.test(url) ? "must not name a host that begins with -" : undefined;
  }
  if (url.startsWith("/")) return undefined;
  if (/^(?:[^\s/:@]+@)?[^\s/:@-][^\s/:@]*:[^\s].*$/.test(url) && !url.startsWith("~")) return undefined;
  return "must be a URL, user@host:path, or an absolute path";
}

/** Bytes: a number, or text like "50M". */
export const byteSize = z
  .union([z.number().min(0), z.string().regex(/^\d+(?:\.\d+)?\s*[KMGT]?(?:i?B)?$/i, 'must be like "50M" or "2G"')])
  .describe('bytes, or text such as "50M"');

/** The number of bytes that `byteSize` accepted. */
export function parseBytes(size: number | string): number {
  if (typeof size === "number") return size;
  const [, number = "0", unit = ""] = /^([\d.]+)\s*([KMGT]?)/i.exec(size) ?? [];
  return Math.round(Number(number) * 1024 ** " KMGT".indexOf(unit.toUpperCase() || " "));
}
