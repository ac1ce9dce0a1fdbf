/** What `put` and `get` are asked for, made sure of before any host is contacted. */
import { resolve, sep } from "node:path";
import { type Problem, ProblemsError, UsageError } from "../errors.ts";
import type { Host } from "../hosts/host.ts";
import { hostInPath, type PerHost, resolvePerHost } from "./per-host.ts";
import { Broadcast } from "./transfer/broadcast.ts";
import { getFromHost } from "./transfer/get.ts";
import { namesDirectory } from "./transfer/paths.ts";
import { putAlong, putToHost } from "./transfer/put.ts";
import { findInTheWay, lookAt, readSources, type Source } from "./transfer/tree.ts";
import { checkTransferOptions, type PutGetOptions, type PutOptions } from "./transfer-options.ts";
import {
  createTransfer,
  type HostWork,
  type PathsInput,
  type Prepared,
  type Transfer,
  type TransferPlace,
  type Wanted,
} from "./transfers.ts";

export function createPut(
  hosts: readonly Host[],
  localPaths: PerHost<PathsInput>,
  remotePath: PerHost<string>,
  options: PutOptions,
  place: TransferPlace,
): Transfer {
  checkTransferOptions("put", options);
  const width = checkVia(options);
  const wanted = readPaths(hosts, localPaths, remotePath, "the remote path");
  const prepare = async (): Promise<Prepared> => {
    const problems: Problem[] = [];
    const read = new Map<string, Promise<readonly Source[]>>();
    const sources = await Promise.all(
      wanted.map(({ paths }) => {
        const key = JSON.stringify(paths);
        const known = read.get(key) ?? readSources(paths, place.cwd, problems).then((found) => checkNames(found, problems));
        read.set(key, known);
        return known;
      }),
    );
    if (problems.length > 0) throw new ProblemsError("BAD_SOURCES", problems);
    const broadcast = width === undefined ? undefined : new Broadcast(width);
    const works = wanted.map(
      ({ path }, at): HostWork =>
        (wire, signal, meter) => {
          const request = { sources: sources[at] ?? [], path, fsync: options.fsync ?? true, signal, meter };
          return broadcast === undefined ? putToHost(wire, request) : putAlong(broadcast, at, wire, request);
        },
    );
    return { works, broadcast };
  };
  return createTransfer("put", wanted, prepare, options, place);
}

export function createGet(
  hosts: readonly Host[],
  remotePaths: PerHost<PathsInput>,
  localPath: PerHost<string>,
  options: PutGetOptions,
  place: TransferPlace,
): Transfer {
  checkTransferOptions("get", options);
  const wanted = readPaths(hosts, remotePaths, localPath, "the local path");
  const prepare = async (): Promise<Prepared> => {
    const problems: Problem[] = [];
    const targets = await Promise.all(wanted.map((one) => findTarget(one, place.cwd, problems)));
    const apart = keepApart(wanted, targets, problems);
    if (problems.length > 0) throw new ProblemsError("BAD_DESTINATION", problems);
    const works = wanted.map(
      ({ paths }, at): HostWork =>
        (wire, signal, meter) => {
          const { path, into } = apart[at] as GetTarget;
          return getFromHost(wire, { paths, path, into, fsync: options.fsync ?? true, signal, meter });
        },
    );
    return { works };
  };
  return createTransfer("get", wanted, prepare, options, place);
}

/** To how many others a host passes files on; undefined: to none. */
function checkVia({ via = "star", fanOut }: PutOptions): number | undefined {
  const refuse = (what: string, hint: string): never => {
    throw new UsageError("BAD_VIA", what, { hint });
  };
  if (via !== "star" && via !== "chain" && via !== "tree")
    refuse(`Files cannot go via ${JSON.stringify(via) ?? String(via)}.`, 'It is "star", "chain" or "tree".');
  if (fanOut === undefined) return via === "star" ? undefined : via === "chain" ? 1 : 2;
  if (via !== "tree") refuse("fanOut says how a tree branches.", 'It goes with via: "tree".');
  if (!Number.isInteger(fanOut) || Number(fanOut) < 1)
    refuse(`fanOut is ${JSON.stringify(fanOut) ?? String(fanOut)}.`, "It is a whole number, 1 or more.");
  return Number(fanOut);
}

/** Hosts without any paths have nothing to do. */
export function readPaths(
  hosts: readonly Host[],
  lists: PerHost<PathsInput>,
  single: PerHost<string>,
  what: string,
): readonly Wanted[] {
  const all = resolvePerHost(lists, hosts, "the paths");
  const others = resolvePerHost(single, hosts, what);
  return hosts.flatMap((host, at) => {
    const given = all[at] ?? [];
    const paths = (typeof given === "string" ? [given] : given).map((path) => hostInPath(checkPath(path), host));
    const path = hostInPath(checkPath(others[at], true), host);
    return paths.length === 0 ? [] : [{ host, paths, path }];
  });
}

function checkPath(path: unknown, mayBeEmpty = false): string {
  if (typeof path === "string" && !path.includes("\0") && (mayBeEmpty || path !== "")) return path;
  throw new UsageError("BAD_PATH", `${JSON.stringify(path) ?? String(path)} is no path.`, {
    hint: "Look at what it was made from.",
  });
}

function checkNames(sources: readonly Source[], problems: Problem[]): readonly Source[] {
  const names = sources.map(({ name }) => name);
  for (const { name, file } of sources.filter((_, at) => names.indexOf(names[at] ?? "") !== at))
    problems.push({
      message: `${JSON.stringify(file)} is the second one that is called ${name}: they cannot be in one directory.`,
      subject: file,
    });
  return sources;
}

interface GetTarget {
  readonly path: string;
  readonly into: boolean;
}

async function findTarget({ path, paths }: Wanted, cwd: string, problems: Problem[]): Promise<GetTarget> {
  const whole = resolve(cwd, path);
  const kind = await lookAt(whole);
  const isDirectory = namesDirectory(path) || path.endsWith(sep);
  const about = { subject: path };
  if (isDirectory && kind === "other")
    problems.push({ message: `${JSON.stringify(whole)} is a file, where a directory is needed.`, ...about });
  else if (!isDirectory && kind !== "directory") {
    if (paths.length > 1)
      problems.push({
        message: `${paths.length} files cannot all be ${JSON.stringify(path)}.`,
        hint: "A slash behind it makes it a directory.",
        ...about,
      });
  }
  if (kind === "no parent") {
    const inTheWay = await findInTheWay(whole);
    if (inTheWay !== undefined)
      problems.push({ message: `${JSON.stringify(inTheWay)} is a file, where a directory is needed.`, ...about });
  }
  return { path: whole, into: isDirectory || kind === "directory" };
}

/** Where several hosts share a directory, each has one of its own in it. */
function keepApart(wanted: readonly Wanted[], targets: readonly GetTarget[], problems: Problem[]): readonly GetTarget[] {
  const count = (all: readonly string[]): Map<string, number> =>
    all.reduce((counts, one) => counts.set(one, (counts.get(one) ?? 0) + 1), new Map<string, number>());
  const shared = count(targets.map(({ path }) => path));
  const apart = targets.map(({ path, into }, at) => {
    const name = wanted[at]?.host.id ?? "";
    return into && (shared.get(path) ?? 0) > 1 && /^(?!\.{1,2}$)[^/\\]+$/.test(name)
      ? { path: resolve(path, name), into }
      : { path, into };
  });
  for (const [path, times] of count(apart.map((one) => one.path))) {
    if (times < 2) continue;
    problems.push({
      message: `${times} hosts would write to ${JSON.stringify(path)}.`,
      subject: path,
      hint: "Name a directory, with a slash behind it: each host has one in it then. Or have {{{host}}} in the path.",
    });
  }
  return apart;
}
