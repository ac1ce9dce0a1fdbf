import { formatLocation } from "../errors.ts";
import type { HostList } from "./app.ts";
import { parseValues } from "./declare-settings.ts";
import type { Draft } from "./draft.ts";
import { inWords, isRecord } from "./value-words.ts";

/** As typed after `-R`, where a comma separates roles. */
const NAME = /^[\p{L}\p{N}_][\p{L}\p{M}\p{N}._-]*$/u;

/** Notes a role: its hosts as they are written, its settings as a layer. */
export function addRole(draft: Draft, name: unknown, definition: unknown): void {
  const where = draft.locate();
  if (typeof name !== "string" || !NAME.test(name)) {
    draft.report(`${typeof name === "string" ? JSON.stringify(name) : inWords(name)} cannot be the name of a role.`, {
      hint: "Letters, digits, dots, dashes and underscores: it is typed after -R.",
    });
    return;
  }
  const report = (text: string, hint?: string): void => draft.report(`Role "${name}": ${text}`, { subject: name, hint });
  const first = draft.roles.get(name);
  if (first !== undefined) {
    const place = first.where === undefined ? "" : `, first at ${formatLocation(first.where)}`;
    draft.report(`Role "${name}" is defined twice${place}.`, {
      subject: name,
      hint: "List all its hosts and settings in one place.",
    });
    return;
  }
  const { hosts, ...settings } = isRecord(definition) ? definition : { hosts: definition };
  if (!isHostList(hosts)) {
    const hint = `Write role("${name}", { hosts: ["app1.example.com"] }); the list may also be a function that gives one.`;
    report(
      isRecord(definition) || hosts === undefined ? `its hosts are ${inWords(hosts)}.` : `it is ${inWords(definition)}.`,
      hint,
    );
  }
  const layer = parseValues(settings, where, (message, _key, hint) => report(message, hint));
  draft.roles.set(name, { hosts: isHostList(hosts) ? hosts : [], layer: Object.freeze({ name, ...layer }), where });
}

function isHostList(hosts: unknown): hosts is HostList {
  return Array.isArray(hosts) || typeof hosts === "function";
}
