import { expect, it } from "vitest";
import { type ZodType, z } from "zod";
import { typeInWords } from "./type-words.ts";

const cases: readonly (readonly [schema: ZodType | undefined, words: string])[] = [
  [undefined, "anything"],
  [z.string().min(1), "text"],
  [z.string().regex(/^a/).describe("text that begins with a"), "text that begins with a"],
  [z.int(), "whole number"],
  [z.int().min(1), "whole number, 1 or more"],
  [z.int().min(1).max(65535), "whole number from 1 to 65535"],
  [z.number().max(5), "number, 5 or less"],
  [z.boolean(), "true or false"],
  [z.enum(["git", "push", "copy"]), '"git", "push" or "copy"'],
  [z.union([z.boolean(), z.literal("fail")]), 'true, false or "fail"'],
  [z.string().nullable(), "text or null"],
  [z.array(z.string()).readonly(), "list of text"],
  [z.array(z.enum(["a", "b"])), 'list of "a" or "b"'],
  [z.object({ a: z.string() }), "object"],
  // What goes in, not what comes out.
  [z.string().transform((text) => text.length), "text"],
  [z.date(), "anything"],
];

it.each(cases)("%#: %s", (schema, words) => {
  expect(typeInWords(schema)).toBe(words);
});
