import type { ZodObject, ZodType } from "zod";
import { en } from "zod/locales";
import type { ZodMiniObject, ZodMiniType } from "zod/mini";
import { type $ZodErrorMap, type $ZodType, config, globalRegistry } from "zod/v4/core";

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

/** What the schema makes of a value, or all that is wrong with it. @throws what the schema throws */
export function parseValue(schema: Schema, value: unknown): ReturnType<Schema["safeParse"]> {
  return schema.safeParse(value, { error: inWords });
}

/** What `describe` said of it. */
export function findDescription(schema: Schema): string | undefined {
  return "description" in schema ? schema.description : globalRegistry.get(schema)?.description;
}
