/**
 * The public API: what deployfiles and recipes import. It grows on purpose; `test/types` holds it.
 */

// Deployfiles and recipes
export type {
  App,
  EnvSetter,
  FlowOptions,
  HostList,
  Recipe,
  RoleDefinition,
  SettingDeclarations,
  TaskDefinition,
} from "./app/app.ts";
export { defineDeployfile } from "./app/define.ts";

// Commands
export type { Command, CommandOptions, RawText, TemplateValue } from "./command/command.ts";
export { quote, raw } from "./command/quote.ts";
export { Secret } from "./command/secret.ts";

// Settings
export { type FactOptions, fact, type SettingOptions, setting } from "./env/declare.ts";
export { fresh } from "./env/fresh.ts";
export { secret } from "./env/secret.ts";
export type {
  Callable,
  EnvReader,
  Fresh,
  HostView,
  SettingDeclaration,
  SettingInput,
  SettingInputs,
  Settings,
  TaskEnv,
} from "./env/settings.ts";

// Errors
export {
  CommandError,
  ConnectError,
  DeployfileError,
  EnvError,
  type ExitCode,
  FakeError,
  type FakeErrorOptions,
  InterruptedError,
  LockedError,
  type Problem,
  ProblemsError,
  type SourceLocation,
  TaskError,
  UsageError,
} from "./errors.ts";

// Tasks
export type { TaskHandle, TaskOptions, TaskRef } from "./graph/task.ts";

// Hosts
export type { HostInput, HostObject } from "./hosts/host.ts";

// What tasks receive
export type {
  CommandBody,
  CommandBodyContext,
  CommandBuilder,
  CommandVerb,
  FunctionBody,
  Logger,
  Shell,
  TaskContext,
  TransferOptions,
  Ui,
} from "./runner/context.ts";
export type { Failure } from "./runner/result.ts";

// For recipes: the nearest of some names
export { suggest } from "./suggest.ts";
export type { CommandResult, CommandStatus } from "./transport/transport.ts";
