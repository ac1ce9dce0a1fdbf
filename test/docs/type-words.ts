import { toJSONSchema } from "zod/mini";
import type { Schema } from "../../src/schema.ts";

/** What is read of a JSON schema. */
interface JsonSchema {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly items?: JsonSchema | boolean;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** What a setting takes, in words: "whole number, 1 or more". A schema's own `describe` wins. */
export function typeInWords(schema: Schema | undefined): string {
  if (schema === undefined) return "anything";
  return orList(optionsOf(toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema));
}

/** What it takes, one thing or another. */
function optionsOf(schema: JsonSchema): readonly string[] {
  if (schema.description !== undefined) return [schema.description];
  if (schema.const !== undefined) return [JSON.stringify(schema.const)];
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value));
  const union = schema.anyOf ?? schema.oneOf;
  if (union !== undefined) return [...new Set(union.flatMap(optionsOf))];
  const types = typeof schema.type === "string" ? [schema.type] : (schema.type ?? []);
  return types.length === 0 ? ["anything"] : types.flatMap((type) => ofType(type, schema));
}

function ofType(type: string, schema: JsonSchema): readonly string[] {
  switch (type) {
    case "string":
      return ["text"];
    case "boolean":
      return ["true", "false"];
    case "integer":
      return [`whole number${rangeOf(schema)}`];
    case "number":
      return [`number${rangeOf(schema)}`];
    case "array":
      return [typeof schema.items === "object" ? `list of ${orList(optionsOf(schema.items))}` : "list"];
    default:
      return [type];
  }
}

function rangeOf({ minimum, maximum }: JsonSchema): string {
  const least = minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER ? undefined : minimum;
  const most = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (least !== undefined && most !== undefined) return ` from ${least} to ${most}`;
  if (least !== undefined) return `, ${least} or more`;
  return most === undefined ? "" : `, ${most} or less`;
}

function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
