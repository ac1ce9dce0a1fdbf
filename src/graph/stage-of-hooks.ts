/** What people see as the stage of hooks that are no part of one: why they run, and which they are. */
export function stageOfHooks(kind: "always" | "onFailure", hooks: readonly string[]): string {
  return `${kind === "always" ? "always" : "on failure"}: ${hooks.join(", ")}`;
}
