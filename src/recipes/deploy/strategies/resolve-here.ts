import type { EnvReader } from "../../../index.ts";
import { isCommitId } from "../revision.ts";
import { findCommits, openClone } from "./control-clone.ts";
import { pickCommit } from "./git-refs.ts";
import { resolveRef, unreadable } from "./remote-refs.ts";
import type { Control, Revision } from "./strategy.ts";

/**
 * The commit that `branch` names, found on this machine alone: ids of commits in the clone that it keeps.
 * @param hint what to do when it cannot read the repository
 * @throws UsageError when there is no such thing, FakeError when the repository cannot be read
 */
export async function resolveHere(env: EnvReader, control: Control, hint: string): Promise<Revision> {
  const resolved = await resolveRef(env, control, {
    unreachable(request, error) {
      throw unreadable(request, error, hint);
    },
    async short(request, refs) {
      if (isCommitId(request.ref)) {
        await openClone(control, request, request.ref);
        return { id: request.ref, label: request.ref };
      }
      const clone = await openClone(control, request);
      return pickCommit(request, await findCommits(clone, request.ref), refs);
    },
  });
  return resolved as Revision;
}
