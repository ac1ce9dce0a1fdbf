import type { FunctionBody, TaskDefinition } from "../../../index.ts";

/** Tasks of the recipe by name: text only, or a function where the control machine has to think. */
export type Steps = Readonly<Record<string, TaskDefinition & { readonly run?: FunctionBody | undefined }>>;
