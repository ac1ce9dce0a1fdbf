/** What `sync` is asked for, made sure of before any host is contacted. */
import { type Problem, ProblemsError } from "../errors.ts";
import type { Host } from "../hosts/host.ts";
import type { PerHost } from "./per-host.ts";
import { readPaths } from "./put-get.ts";
import { toExclusion } from "./transfer/exclude.ts";
import { syncToHost } from "./transfer/sync.ts";
import { readDirectory, type Source } from "./transfer/tree.ts";
import { checkTransferOptions, type SyncOptions, toPatterns } from "./transfer-options.ts";
import { createTransfer, type HostWork, type Prepared, type Transfer, type TransferPlace } from "./transfers.ts";

export function createSync(
  hosts: readonly Host[],
  localDir: PerHost<string>,
  remoteDir: PerHost<string>,
  options: SyncOptions,
  place: TransferPlace,
): Transfer {
  checkTransferOptions("sync", options);
  const { delete: mayDelete = false, exclude, checksum = false, ...rest } = options;
  const wanted = readPaths(hosts, localDir, remoteDir, "the remote directory");
  const isExcluded = toExclusion(toPatterns(exclude).filter((pattern) => pattern !== undefined));
  const prepare = async (): Promise<Prepared> => {
    const problems: Problem[] = [];
    const read = new Map<string, Promise<Source | undefined>>();
    const sources = await Promise.all(
      wanted.map(({ paths: [path = ""] }) => {
        const known = read.get(path) ?? readDirectory(path, place.cwd, isExcluded, problems);
        read.set(path, known);
        return known;
      }),
    );
    if (problems.length > 0) throw new ProblemsError("BAD_SOURCES", problems);
    const works: readonly HostWork[] = wanted.map(({ path }, at) => (wire, signal, meter) => {
      const source = sources[at] as Source;
      const { fsync = true } = options;
      return syncToHost(wire, { source, path, fsync, delete: mayDelete, checksum, isExcluded, signal, meter });
    });
    return { works };
  };
  return createTransfer("sync", wanted, prepare, rest, place);
}
