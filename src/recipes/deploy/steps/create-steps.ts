import type { Control } from "../strategies/strategy.ts";
import { adoptingSteps } from "./adopting.ts";
import { failureSteps } from "./failure.ts";
import { finishingSteps } from "./finishing.ts";
import { listingSteps } from "./listing.ts";
import { lockingSteps } from "./locking.ts";
import { publishingSteps } from "./publishing.ts";
import { revertingSteps } from "./reverting.ts";
import { startingSteps } from "./starting.ts";
import { updatingSteps } from "./updating.ts";

/** Every step of the recipe by its name. */
export function createSteps(control: Control) {
  return {
    ...lockingSteps(control),
    ...startingSteps(control),
    ...adoptingSteps(control),
    ...updatingSteps(control),
    ...revertingSteps,
    ...publishingSteps,
    ...finishingSteps,
    ...failureSteps,
    ...listingSteps,
  };
}

export type StepName = keyof ReturnType<typeof createSteps>;
