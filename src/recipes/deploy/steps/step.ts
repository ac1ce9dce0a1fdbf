import type { FunctionBody, TaskDefinition } from "../../../index.ts";

/** A task of the recipe: text only, or a function where the control machine has to think. */
export interface StepDefinition extends TaskDefinition {
  readonly run?: FunctionBody | undefined;
}
