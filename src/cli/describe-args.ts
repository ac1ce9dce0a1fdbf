import type { z } from "zod";

/** One argument of a task. */
export interface ArgDescription {
  readonly name: string;
  readonly desc: string | undefined;
  readonly required: boolean;
}

/** What a task takes, from its schema. */
export function describeArgs(schema: z.ZodObject | undefined): readonly ArgDescription[] {
  return Object.entries(schema?.shape ?? {}).map(([name, field]) => {
    const { description, safeParse } = field as z.ZodType;
    return { name, desc: description, required: !safeParse(undefined).success };
  });
}
