/** Ids of revisions: one word that means nothing to a shell, and is no option of a program. `sha256:1f…`, `shop@1.2.3`. */
const ID = /^[A-Za-z0-9][\w.:@+=/-]{0,199}$/;

const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** What a ref is taken for. */
export const REF_KINDS = ["any", "branch", "tag", "commit"] as const;

export type RefKind = (typeof REF_KINDS)[number];

export function isRevisionId(text: string): boolean {
  return ID.test(text);
}

/** The full id of a commit of git. */
export function isCommitId(text: string): boolean {
  return COMMIT.test(text);
}

/** For people: a commit in short, anything else as it is. */
export function shortRevision(id: string): string {
  return isCommitId(id) ? id.slice(0, 7) : id;
}
