import type { TaskRef } from "./task.ts";

/** The name of a task that is given by handle or by name. */
export function nameOf(ref: TaskRef): string {
  return typeof ref === "string" ? ref : ref.name;
}

/** True for what names a task: deployfiles may pass anything. */
export function isTaskRef(value: unknown): value is TaskRef {
  if (typeof value === "string") return value.trim() !== "";
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "task" && "name" in value;
}
