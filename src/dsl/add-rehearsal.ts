import { unknownKeys } from "../suggest.ts";
import type { Draft } from "./draft.ts";
import type { RehearsalDefinition } from "./rehearsal.ts";
import { inWords, isRecord } from "./value-words.ts";

const KEYS = ["check", "commands", "files"] satisfies (keyof RehearsalDefinition)[];

export function addRehearsal(draft: Draft, definition: unknown): void {
  const report = (what: string, hint: string): void => draft.report(`rehearse: ${what}.`, hint);
  if (!isRecord(definition)) {
    report(`it is ${inWords(definition)}`, 'Write rehearse({ commands: { "sudo *": "ok" } }).');
    return;
  }
  for (const { key, hint } of unknownKeys(definition, KEYS)) report(`it takes no ${JSON.stringify(key)}`, hint);
  const { check, commands = {}, files = {} } = definition;
  if (check !== undefined && typeof check !== "function")
    report(`check is ${inWords(check)}`, "Write check: async (t) => { ... }: what it throws is a violation.");
  for (const [key, value] of Object.entries({ commands, files }))
    if (!isRecord(value) || !Object.values(value).every((text) => typeof text === "string"))
      report(`${key} is not text by name`, 'Write commands: { "sudo systemctl restart *": "ok" }, files: { ".env": "PORT=1" }.');
  if (isRecord(commands))
    for (const name of Object.keys(commands))
      if (!/^[\w.+-]+( |$)/.test(name))
        report(`${JSON.stringify(name)} is no command`, "A stand-in is found by the name of its program, without a path.");
  draft.rehearsals.push(definition as RehearsalDefinition);
}
