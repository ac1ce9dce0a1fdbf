import type { ZodObject, ZodType } from "zod";
import { en } from "zod/locales";
import type { ZodMiniObject, ZodMiniType } from "zod/mini";
import { type $ZodErrorMap, type $ZodIssue, type $ZodType, config, globalRegistry } from "zod/v4/core";
import { type SourceLocation, toError } from "./errors.ts";
import { whereOf } from "./source-location.ts";

/**
 * A schema that a deployfile or a recipe brings: of `zod`, or of `zod/mini`, which is a tenth of its size. What it gives is inferred from
 * what both have: from a union of the two, a compiler without `exactOptionalPropertyTypes` infers `T | undefined`.
 */
export type Schema<T = unknown> = $ZodType<T> & (ZodType | ZodMiniType);

/** The schema of a task's arguments. */
export type ObjectSchema = ZodObject | ZodMiniObject;

/** What a body gets as its arguments, from their schema. */
export type ArgsOf<A> = A extends { readonly _zod: { readonly output: infer O } } ? O : never;

const { localeError: inEnglish } = en();

/** In the words that the deployfile chose with `z.config`; else in English, which `zod/mini` does not bring itself. */
const inWords: $ZodErrorMap = (issue) => {
  const { customError, localeError = inEnglish } = config();
  return customError?.(issue) ?? localeError(issue);
};

/** What a schema made of a value, or what is wrong with it: `threw` and `where`, where it did not come to say so. */
export type ParsedValue =
  | { readonly success: true; readonly data: unknown }
  | {
      readonly success: false;
      readonly issues: readonly $ZodIssue[];
      readonly threw?: string;
      readonly where?: SourceLocation | undefined;
    };

/** What the schema makes of a value, or all that is wrong with it. Never throws, whatever functions in the schema do. */
export function parseValue(schema: Schema, value: unknown): ParsedValue {
  try {
    const { success, data, error } = schema.safeParse(value, { error: inWords });
    return success ? { success, data } : { success, issues: error?.issues ?? [] };
  } catch (thrown) {
    const error = toError(thrown);
    // zod says so only by the name of what it throws: its error class is not exported by name in all builds.
    const isAsync = error.constructor.name === "$ZodAsyncError";
    const threw = isAsync ? "its schema is async, which it cannot be" : `its schema threw: ${error.message}`;
    return { success: false, issues: [], threw, where: isAsync ? undefined : whereOf(error) };
  }
}

/** What `describe` said of it. */
export function findDescription(schema: Schema): string | undefined {
  return "description" in schema ? schema.description : globalRegistry.get(schema)?.description;
}
