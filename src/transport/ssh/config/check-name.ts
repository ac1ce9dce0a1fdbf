import { UsageError } from "../../../errors.ts";

/** ssh would take a leading dash for an option, and control characters have no place in a name. @throws UsageError */
export function checkName(query: { readonly name: string; readonly user?: string | undefined }): void {
  const bad = [query.name, query.user ?? ""].find((text) => text.startsWith("-") || /[\s\x00-\x1f\x7f]/.test(text));
  if (bad === undefined && query.name !== "") return;
  throw new UsageError("BAD_HOST", `${JSON.stringify(bad ?? "")} is neither a host nor a user.`, {
    hint: "Names start with a letter or a digit and hold no blanks.",
  });
}
