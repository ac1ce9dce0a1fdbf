import { isIPv6 } from "node:net";
import * as z from "zod/mini";
import { parseDuration, Secret } from "../../index.ts";
import { isRevisionId } from "./revision.ts";
import { isStrategy, strategyNames } from "./strategies/pick.ts";
import type { ResolvedRevision, Strategy } from "./strategies/strategy.ts";
import type { WritableBy } from "./writable.ts";

/** What is right and wrong for the deploy recipe's settings. Each schema says all that is wrong with a value at once. */

const CONTROL = /\p{Cc}/u;

/** Directories that hold more than one application, or the system itself. */
const TOO_GENERAL = new Set(
  "/ /bin /boot /data /dev /etc /home /lib /lib64 /media /mnt /opt /proc /root /run /sbin /srv /sys /tmp /usr /usr/local /usr/share /var /var/lib /var/log /var/tmp /var/www".split(
    " ",
  ),
);

/** An absolute path on the host, without a trailing slash. */
export const absolutePath = pathSchema(pathFaults);

/** Where an application lives: a directory of its own. */
export const deployPathSchema = pathSchema(deployPathFaults);

function pathSchema(find: (path: string) => readonly string[]) {
  return z.pipe(z.string(), z.transform(normalise)).check(faultsBy(find), z.describe("absolute path"));
}

/** Text that has one fault at most. */
function textSchema(find: (text: string) => string | undefined, description: string) {
  return z.string().check(
    faultsBy((text) => [find(text)]),
    z.describe(description),
  );
}

/** A check that says all that is wrong with a value. */
function faultsBy<T>(find: (value: T) => readonly (string | undefined)[]): ReturnType<typeof z.superRefine<T>> {
  return z.superRefine((value, context) => {
    for (const message of find(value)) if (message !== undefined) context.addIssue({ code: "custom", message });
  });
}

function normalise(path: string): string {
  if (path.length < 2) return path;
  const single = path.replaceAll(/\/+/g, "/");
  let end = single.length;
  if (single[end - 1] === "/" && end > 1) {
    end -= 1;
    while (end > 2 && single.startsWith("/.", end - 2)) end -= 2;
  }
  return single.slice(0, end);
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

function deployPathFaults(path: string): readonly string[] {
  const faults = pathFaults(path);
  if (faults.length > 0 || !(TOO_GENERAL.has(path) || /^\/home\/[^/]+$/.test(path))) return faults;
  return [`${path} is not a directory for one application: use one below it, such as ${path === "/" ? "" : path}/my-app`];
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
export const linkedPaths = z.readonly(z.array(z.string())).check(
  faultsBy((paths) => [...paths.map(relativePathFault), ...overlaps(paths, paths)]),
  z.describe("list of relative paths"),
);

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

/** How others may write into directories: one of three. */
export const writableBySchema = z
  .custom<WritableBy>(
    isWritableBy,
    'must be { mode: "775" }, { group: "www-data" } or { user: "www-data" }, which needs access control lists on the host',
  )
  .check(z.describe("mode, group or user"));

function isWritableBy(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const [[key, text] = [], ...others] = Object.entries(value);
  if (key === undefined || typeof text !== "string" || others.length > 0) return false;
  return key === "mode" ? /^[0-7]{3,4}$/.test(text) : ["group", "user"].includes(key) && /^[A-Za-z_][\w.-]*$/.test(text);
}

/** A directory of the repository; empty for all of it. */
export const treePath = textSchema(treePathFault, "relative path, or empty for all");

function treePathFault(path: string): string | undefined {
  if (path === "") return undefined;
  return path.startsWith("-") ? "must not begin with -" : relativePathFault(path);
}

/** A branch, a tag, a commit, or `HEAD`: by the rules that git has for names. */
export const refSchema = textSchema(refFault, "branch, tag or commit");

/** The id of a commit, or the beginning of one. */
export const commitSchema = z
  .string()
  .check(z.regex(/^[0-9a-f]{4,64}$/i, "must be the id of a commit, or the first four or more of its digits"));

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
export const repoUrlSchema = z.union([z.string(), z.instanceof(Secret)], "must be text, or secret(...)").check(
  faultsBy((url) => [repoUrlFault(typeof url === "string" ? url : url.reveal())]),
  z.describe("URL, user@host:path or absolute path"),
);

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
    return authorityFault(scheme, /^[a-z]+:\/\/([^/?#]*)/.exec(url)?.[1] ?? "");
  }
  if (url.startsWith("/")) return undefined;
  if (/^(?:[^\s/:@]+@)?[^\s/:@-][^\s/:@]*:[^\s].*$/.test(url) && !url.startsWith("~")) return undefined;
  return "must be a URL, user@host:path, or an absolute path";
}

/**
 * What stands between `://` and the path. A password that is not written as it has to be would not be known for one, and be shown.
 */
function authorityFault(scheme: string, authority: string): string | undefined {
  const at = authority.lastIndexOf("@");
  const host = authority.slice(at + 1);
  if (host.startsWith("-")) return "must not name a host that begins with -";
  const [, address, name] = /^(?:\[([^\]]*)\]|([^:[\]]+))(?::\d+)?$/.exec(host) ?? [];
  if (scheme !== "file" && name === undefined && !isIPv6(address ?? ""))
    return "must have a host, and a number behind its colon; in a password, write / as %2F, ? as %3F and # as %23";
  if (!scheme.startsWith("http") && authority.slice(0, Math.max(0, at)).includes(":"))
    return `must not have a password: ${scheme} takes none from a URL`;
  return undefined;
}

/** The name of a strategy, or one of the deployfile's own. */
export const strategySchema = z
  .union([
    z.enum(strategyNames),
    z.custom<Strategy>(isStrategy, "must be a strategy: an object with name, resolveRevision and createRelease"),
  ])
  .check(z.describe(`${strategyNames.map((name) => JSON.stringify(name)).join(", ")} or a strategy`));

/** The id of what is deployed. */
export const revisionSchema = z
  .string()
  .check(
    z.refine(isRevisionId, "must be one word: letters, digits and any of _ . : @ + = / -"),
    z.describe("full commit id, or one word"),
  );

/** What is deployed, or that a host has to say it. */
export const resolvedSchema = z
  .custom<ResolvedRevision>((value) => isRevisionLike(value), "must be { id, label }: the id one word, the label text")
  .check(z.describe("id and label, or a label for a host to resolve"));

function isRevisionLike(value: unknown): boolean {
  const { id, label, reason } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return (
    typeof label === "string" && (id === undefined ? typeof reason === "string" : typeof id === "string" && isRevisionId(id))
  );
}

/** A number, or text with a unit. */
function amountSchema(written: z.core.$ZodCheck<string>, description: string) {
  return z.union([z.number().check(z.minimum(0)), z.string().check(written)]).check(z.describe(description));
}

const SIZE = z.regex(/^\d+(?:\.\d+)?\s*[KMGT]?(?:i?B)?$/i, 'must be like "50M" or "2G"');
/** Bytes: a number, or text like "50M". */
export const byteSize = amountSchema(SIZE, 'bytes, or text such as "50M"');

const TIME = z.refine<string>(isWait, 'must be like "90s", "5m" or "01:30:00"');
/** A time to wait: milliseconds, or text like "5m". */
export const waitingTime = amountSchema(TIME, 'milliseconds, or text such as "5m"');

/** The seconds that `waitingTime` accepted, rounded up. No timer of ours waits for them. */
export function parseWait(time: number | string): number {
  return Math.ceil(parseDuration(time, { zero: true, most: Number.MAX_SAFE_INTEGER }) / 1000);
}

function isWait(text: string): boolean {
  try {
    return parseWait(text) >= 0;
  } catch {
    return false;
  }
}

/** The number of bytes that `byteSize` accepted. */
export function parseBytes(size: number | string): number {
  if (typeof size === "number") return size;
  const [, number = "0", unit = ""] = /^([\d.]+)\s*([KMGT]?)/i.exec(size) ?? [];
  return Math.round(Number(number) * 1024 ** " KMGT".indexOf(unit.toUpperCase() || " "));
}
