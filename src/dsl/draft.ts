import type { DeclaredSetting, EnvLayer } from "../env/definition.ts";
import type { Problem, SourceLocation } from "../errors.ts";
import type { TaskGraph } from "../graph/task-graph.ts";
import type { InventoryEntry } from "../hosts/inventory.ts";
import type { TaskBody } from "../runner/context.ts";
import type { ObjectSchema } from "../schema.ts";
import type { HostList, TaskDefinition } from "./app.ts";
import type { MissedHandle } from "./handles.ts";
import type { RehearsalDefinition } from "./rehearsal.ts";
import type { Declared, DoctorCheck, OptionDefinition, VerbDefinition } from "./verb.ts";

/** A role as it was written: its hosts may have to be asked for. */
export interface RoleDraft {
  readonly hosts: HostList;
  readonly layer: EnvLayer;
  readonly where: SourceLocation | undefined;
}

export type HostDraft = Omit<InventoryEntry, "role">;

/** One call of `env.set`. */
export interface LayerDraft {
  readonly layer: EnvLayer;
  /** How many recipes deep: 0 in the deployfile itself. */
  readonly depth: number;
}

/** Takes note of something that is wrong: what to do about it, and which name it is about. */
export type ReportMistake = (message: string, hint?: string, subject?: string) => void;

/** What a deployfile and its recipes have said so far. Filled by the members of the app, read when it is sealed. */
export interface Draft {
  readonly graph: TaskGraph<TaskBody>;
  readonly declarations: Map<string, DeclaredSetting>;
  readonly layers: LayerDraft[];
  readonly roles: Map<string, RoleDraft>;
  readonly hosts: HostDraft[];
  /** Schemas of arguments, by name of the task. */
  readonly args: Map<string, ObjectSchema>;
  /** What `--dry-run=connect` says, by name of the task. */
  readonly looks: Map<string, NonNullable<TaskDefinition["look"]>>;
  readonly verbs: Map<string, Declared<VerbDefinition>>;
  readonly options: Map<string, Declared<OptionDefinition>>;
  readonly rehearsals: RehearsalDefinition[];
  readonly checks: Declared<DoctorCheck>[];
  readonly problems: Problem[];
  /** Handles that were read from a recipe which does not give them. */
  readonly missed: MissedHandle[];
  /** Names of the recipes that are running, outermost first. */
  readonly running: (string | undefined)[];
  /** A recipe gave no handles: that they are undefined is its fault, and was said. */
  handlesAreLost: boolean;
  isSealed: boolean;
  locate(): SourceLocation | undefined;
  readonly report: ReportMistake;
}
