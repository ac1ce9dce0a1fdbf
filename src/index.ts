/**
 * The public API: what deployfiles and recipes import. It grows on purpose; `test/types` holds it.
 */

export type { App, FlowOptions, Recipe, SettingDeclarations, TaskDefinition } from "./app/app.ts";
// Apps and recipes
export { defineDeployfile } from "./app/define.ts";
export type { Command, CommandOptions } from "./command/command.ts";
// Commands
export { quote, raw } from "./command/quote.ts";
export { Secret } from "./command/secret.ts";
// Settings
export { fact, setting } from "./env/declare.ts";
export { fresh } from "./env/fresh.ts";
export { secret } from "./env/secret.ts";
export type { Callable, EnvReader, HostView, SettingDeclaration, SettingInputs, Settings, TaskEnv } from "./env/settings.ts";
// Errors
export {
  CommandError,
  FakeError,
  type FakeErrorOptions,
  LockedError,
  type Problem,
  ProblemsError,
  TaskError,
  UsageError,
} from "./errors.ts";

// Tasks
export type { TaskHandle, TaskOptions, TaskRef } from "./graph/task.ts";
export type { CommandBody, CommandBodyContext, FunctionBody, TaskContext } from "./runner/context.ts";
export { suggest } from "./suggest.ts";
export type { CommandResult } from "./transport/transport.ts";
