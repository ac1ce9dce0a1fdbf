import type { FunctionBody, TaskDefinition } from "../../../index.ts";

/** Tasks of the recipe by name: text only, or a function where the control machine has to think. */
export type Steps = Readonly<Record<string, TaskDefinition & StepBody>>;

interface StepBody {
  readonly run?: FunctionBody | undefined;
  /** In a dry run, too, it shows what it does. Others decide by what earlier steps have heard, and there is none there. */
  readonly inDryRun?: true;
}
