import type { FunctionBody, TaskDefinition } from "../../../index.ts";

/** Tasks of the recipe by name: text only, or a function where the control machine has to think. */
export type Steps = Readonly<Record<string, TaskDefinition & StepBody>>;

interface StepBody {
  readonly run?: FunctionBody | undefined;
  /** It asks the hosts itself before it decides: a dry run shows what. Others decide by what earlier steps have heard. */
  readonly asksFirst?: true;
}
