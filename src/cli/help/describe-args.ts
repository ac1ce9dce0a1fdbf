import { findDescription, type ObjectSchema, parseValue, type Schema } from "../../schema.ts";

/** One argument of a task. */
export interface ArgDescription {
  readonly name: string;
  readonly desc: string | undefined;
  readonly required: boolean;
}

/** How they are written on a line: `to=...`, `[to=...]`. */
export function argUsage(args: readonly ArgDescription[]): readonly string[] {
  return args.map(({ name, required }) => (required ? `${name}=...` : `[${name}=...]`));
}

/** What a task takes, from its schema. */
export function describeArgs(schema: ObjectSchema | undefined): readonly ArgDescription[] {
  return Object.entries(schema?.shape ?? {}).map(([name, field]) => {
    const schema = field as Schema;
    return { name, desc: findDescription(schema), required: !parseValue(schema, undefined).success };
  });
}
