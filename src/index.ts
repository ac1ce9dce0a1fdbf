/**
 * The public API: what deployfiles and recipes import. It grows on purpose: `test/index.test.ts` lists it.
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
} from "./dsl/app.ts";
export { defineDeployfile } from "./dsl/app.ts";
export type { RehearsalContext, RehearsalDefinition } from "./dsl/rehearsal.ts";
export type {
  DoctorCheck,
  Finding,
  OptionDefinition,
  VerbContext,
  VerbDefinition,
  VerbHost,
  VerbOutcome,
  VerbResult,
  VerbRunOptions,
} from "./dsl/verb.ts";
export type { HostInput, HostObject } from "./hosts/host.ts";

// Settings

/**
 * zod's own `z`, for the schemas of settings and arguments: of the zod that the project has installed, or else of the one that came with
 * this package. A deployfile that does not import it does not load it.
 * @example task("greet", { args: z.object({ name: z.string().default("world") }) }, async ({ run, args }) => run`echo ${args.name}`);
 */
export { z } from "zod";
export { type FactOptions, fact, fresh, type SettingOptions, setting } from "./env/declare.ts";
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
  SettingsOf,
  TaskEnv,
} from "./env/settings.ts";

// Tasks

export type { HookOptions, TaskHandle, TaskOptions, TaskRef } from "./graph/task.ts";
export type {
  CommandBody,
  CommandBodyContext,
  FunctionBody,
  Logger,
  TaskContext,
  Ui,
} from "./runner/context.ts";
export { type HostOutcome, HostsFailed } from "./runner/host-outcome.ts";
export type { EventError, Failure, FailurePhase } from "./runner/result.ts";
export type { Shell, SpawnOptions, TaskForwardOptions, TransferOptions } from "./runner/shell.ts";
export type { FleetOutcomes, TaskFleet } from "./runner/task-fleet.ts";

// Commands

export type { CommandBuilder, CommandVerb } from "./command/builder.ts";
export type { Command, CommandContext, CommandOptions, RawText, TemplateValue } from "./command/command.ts";
export { quote, raw } from "./command/quote.ts";
export { Secret } from "./command/secret.ts";
export { type Script, type ShValue, script, sh } from "./command/sh.ts";
export type { CommandResult, CommandStatus } from "./transport/transport.ts";

// Errors

export { formatBytes, formatMoment, formatSpan } from "./amounts.ts";
export { drawColumns } from "./columns.ts";
export { type DurationRange, formatDuration, parseDuration } from "./command/duration.ts";
export { CommandError, type CommandFailure } from "./command-failure.ts";
export {
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
export { suggest } from "./suggest.ts";
