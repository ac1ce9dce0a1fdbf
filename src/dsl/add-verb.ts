import { formatLocation } from "../errors.ts";
import { unknownKeys } from "../suggest.ts";
import type { Draft, ReportMistake } from "./draft.ts";
import { isSchema } from "./task-definition.ts";
import { inWords, isRecord } from "./value-words.ts";
import type { Declared, DoctorCheck, OptionDefinition, VerbDefinition } from "./verb.ts";

const NAME = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const VERB_KEYS = ["desc", "args", "sets", "examples", "requires", "run"] satisfies (keyof VerbDefinition)[];
const OPTION_KEYS = ["desc", "setting", "type", "short", "verbs"] satisfies (keyof OptionDefinition)[];
const CHECK_KEYS = ["requires", "command", "judge"] satisfies (keyof DoctorCheck)[];
const OPTION_TYPES = ["text", "flag", "number", "duration"];

export function addVerb(draft: Draft, name: unknown, definition: unknown): void {
  const report: ReportMistake = (text, hint) => draft.report(`verb ${inWords(name)}: ${text}`, hint);
  const unknown = isRecord(definition) && hasUnknown(definition, VERB_KEYS, report);
  if (!isRecord(definition) || typeof definition["run"] !== "function" || typeof definition["desc"] !== "string") {
    // It is there under the name that was just told to be wrong, most likely.
    if (unknown) return;
    report("it has no description, or nothing to run.", 'Write verb("name", { desc: "What it does.", run: async (t) => ... }).');
  } else if (definition["args"] !== undefined && !isSchema(definition["args"])) {
    report(`args is ${inWords(definition["args"])}.`, "It must be a zod object: args: z.object({ limit: z.number() }).");
  } else if (!unknown) declare(draft, draft.verbs, name, definition as unknown as VerbDefinition, report);
}

export function addCheck(draft: Draft, check: unknown): void {
  const report: ReportMistake = (text, hint) => draft.report(`doctor: ${text}`, hint);
  if (isRecord(check) && hasUnknown(check, CHECK_KEYS, report)) return;
  if (isRecord(check) && typeof check["command"] === "function" && typeof check["judge"] === "function")
    draft.checks.push(Object.freeze({ definition: Object.freeze(check as unknown as DoctorCheck), where: draft.locate() }));
  else
    report(
      "it has no command, or nothing that judges what came of it.",
      "Write doctor({ command: (t) => t.cmd`...`, judge: ({ host }, { stdout }) => [...] }).",
    );
}

export function addOption(draft: Draft, name: unknown, definition: unknown): void {
  const report: ReportMistake = (text, hint) => draft.report(`option ${inWords(name)}: ${text}`, hint);
  const unknown = isRecord(definition) && hasUnknown(definition, OPTION_KEYS, report);
  if (!isRecord(definition) || typeof definition["setting"] !== "string" || typeof definition["desc"] !== "string") {
    if (unknown) return;
    report("it has no description, or no setting.", 'Write option("name", { desc: "what it is: VALUE", setting: "key" }).');
  } else if (definition["type"] !== undefined && !OPTION_TYPES.includes(definition["type"] as string)) {
    report(`type is ${inWords(definition["type"])}.`, `It is one of ${OPTION_TYPES.join(", ")}.`);
  } else if (definition["short"] !== undefined && !/^[A-Za-z]$/.test(String(definition["short"]))) {
    report(`short is ${inWords(definition["short"])}.`, 'It is one letter: short: "m".');
  } else if (definition["verbs"] !== undefined && !isNames(definition["verbs"])) {
    report(`verbs is ${inWords(definition["verbs"])}.`, 'It is a list of names of verbs: verbs: ["lock"].');
  } else if (!unknown) declare(draft, draft.options, name, definition as unknown as OptionDefinition, report);
}

function hasUnknown(given: Readonly<Record<string, unknown>>, known: readonly string[], report: ReportMistake): boolean {
  const unknown = unknownKeys(given, known);
  for (const { key, hint } of unknown) report(`it takes no ${JSON.stringify(key)}.`, hint);
  return unknown.length > 0;
}

function isNames(value: unknown): boolean {
  return Array.isArray(value) && value.every((name) => typeof name === "string" && NAME.test(name));
}

function declare<D>(draft: Draft, all: Map<string, Declared<D>>, name: unknown, definition: D, report: ReportMistake): void {
  if (typeof name !== "string" || !NAME.test(name)) {
    report("that cannot be typed.", "Small letters, digits and dashes, beginning with a letter.");
    return;
  }
  const first = all.get(name);
  if (first === undefined) all.set(name, Object.freeze({ definition: Object.freeze(definition), where: draft.locate() }));
  else report(`there is one already${first.where === undefined ? "" : `, at ${formatLocation(first.where)}`}.`);
}
