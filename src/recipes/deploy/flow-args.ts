import * as z from "zod/mini";
import { isReleaseId } from "./release-id.ts";
import type { RefKind } from "./revision.ts";
import { commitSchema, refSchema } from "./setting-schemas.ts";

/** What stands behind `deploy` and `rollback` on the command line. */

const KINDS = ["branch", "tag", "commit"] as const;

const isOn = (value: unknown): boolean => value !== undefined && value !== false;

/** Which of these say what is deployed. */
const givenKinds = (args: Readonly<Record<string, unknown>>): readonly string[] =>
  KINDS.filter((kind) => isOn(args[kind])).map((kind) => `--${kind}`);

/** What is deployed. */
const refs = {
  branch: z.optional(refSchema).check(z.describe("This branch")),
  tag: z.optional(refSchema).check(z.describe("This tag")),
  commit: z.optional(commitSchema).check(z.describe("This commit: its id, or the first digits of it")),
};

const oneKind = z.superRefine<Readonly<Record<string, unknown>>>((args, context) => {
  const given = givenKinds(args);
  if (given.length > 1) context.addIssue({ code: "custom", message: `${given.join(" and ")} exclude each other: give one` });
});

const ownCommit = z.superRefine<Readonly<Record<string, unknown>>>((args, context) => {
  const given = [...givenKinds(args), ...(isOn(args["force"]) ? ["--force"] : [])];
  if (!isOn(args["resume"]) || given.length === 0) return;
  const message = `--resume finishes a deploy with the commit it has: it does not go with ${given.join(" and ")}`;
  context.addIssue({ code: "custom", message });
});

export const deployArgs = z
  .object({
    ...refs,
    force: z.optional(z.boolean()).check(z.describe("Deploy also where that is live already, and skipSame would skip it")),
    resume: z
      .optional(z.boolean())
      .check(z.describe("Finish the newest deploy, which did not come to its end on all hosts, with the commit it has")),
  })
  .check(oneKind, ownCommit);

export const pendingArgs = z.object(refs).check(oneKind);

/** The settings that they stand for, for all hosts of the run. */
export function refSettings(args: z.infer<typeof pendingArgs>): { readonly branch?: string; readonly refKind?: RefKind } {
  for (const kind of KINDS) {
    const ref = args[kind];
    if (ref !== undefined) return { branch: kind === "commit" ? ref.toLowerCase() : ref, refKind: kind };
  }
  return {};
}

const id = z.string().check(z.refine(isReleaseId, "must be the id of a release, such as 20261120101500"));

export const rollbackArgs = z.object({
  to: z.optional(id).check(z.describe("Release to go to: its id, as fake releases lists it")),
  build: z
    .optional(z.boolean())
    .check(z.describe("Build the release on hosts that do not have it, from what they have of the repository")),
});
