import * as z from "zod/mini";
import { isReleaseId } from "./release-id.ts";
import type { RefKind } from "./revision.ts";
import { commitSchema, refSchema } from "./setting-schemas.ts";

/** What stands behind `deploy` and `rollback` on the command line. */

const KINDS = ["branch", "tag", "commit"] as const;

const isOn = (value: unknown): boolean => value !== undefined && value !== false;

export const deployArgs = z
  .object({
    branch: z.optional(refSchema).check(z.describe("Deploy this branch")),
    tag: z.optional(refSchema).check(z.describe("Deploy this tag")),
    commit: z.optional(commitSchema).check(z.describe("Deploy this commit: its id, or the first digits of it")),
    force: z.optional(z.boolean()).check(z.describe("Deploy also where that is live already, and skipSame would skip it")),
    resume: z
      .optional(z.boolean())
      .check(z.describe("Finish the newest deploy, which did not come to its end on all hosts, with the commit it has")),
  })
  .check(
    z.superRefine((args, context) => {
      const given = KINDS.filter((kind) => isOn(args[kind])).map((kind) => `--${kind}`);
      const refuse = (message: string): void => void context.addIssue({ code: "custom", message });
      if (given.length > 1) refuse(`${given.join(" and ")} exclude each other: give one`);
      const more = [...given, ...(isOn(args.force) ? ["--force"] : [])];
      if (isOn(args.resume) && more.length > 0)
        refuse(`--resume finishes a deploy with the commit it has: it does not go with ${more.join(" and ")}`);
    }),
  );

/** The settings that they stand for, for all hosts of the run. */
export function deploySets(args: z.infer<typeof deployArgs>): { readonly branch?: string; readonly refKind?: RefKind } {
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
