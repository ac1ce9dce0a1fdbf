import { createLocate } from "../env/layers/locate-key.ts";
import { findStranger } from "../env/problems.ts";
import type { EnvReader } from "../env/settings.ts";
import { FakeError, formatLocation, type Problem, ProblemsError, toError } from "../errors.ts";
import { createInventory, type Inventory, type InventoryEntry } from "../hosts/inventory.ts";
import { isHostKey, keepProblems, meantKey, sshOption } from "../hosts/parse-host.ts";
import type { HostList } from "./app.ts";
import { isReservedKey, parseValues } from "./declare-settings.ts";
import type { Draft, ReportMistake, RoleDraft } from "./draft.ts";
import { inWords, isRecord } from "./value-words.ts";

/** As typed after `-R`, where a comma separates roles. */
const NAME = /^[\p{L}\p{N}_][\p{L}\p{M}\p{N}._-]*$/u;

/** Notes a role: its hosts as they are written, its settings as a layer. */
export function addRole(draft: Draft, name: unknown, definition: unknown): void {
  const where = draft.locate();
  if (typeof name !== "string" || !NAME.test(name)) {
    const shown = typeof name === "string" ? JSON.stringify(name) : inWords(name);
    const hint = "Letters, digits, dots, dashes and underscores: it is typed after -R.";
    draft.report(`${shown} cannot be the name of a role.`, hint);
    return;
  }
  const first = draft.roles.get(name);
  if (first !== undefined) {
    const place = first.where === undefined ? "" : `, first at ${formatLocation(first.where)}`;
    draft.report(`Role "${name}" is defined twice${place}.`, "List all its hosts and settings in one place.", name);
    return;
  }
  const report: ReportMistake = (text, hint) => draft.report(`Role "${name}": ${text}`, hint, name);
  const { hosts, ...settings } = isRecord(definition) ? definition : { hosts: definition };
  const isList = isHostList(hosts);
  if (!isList) {
    const wrong =
      isRecord(definition) || hosts === undefined ? `its hosts are ${inWords(hosts)}` : `it is ${inWords(definition)}`;
    report(
      `${wrong}.`,
      `Write role("${name}", { hosts: ["app1.example.com"] }); the list may also be a function that gives one.`,
    );
  }
  const layer = Object.freeze({ name, ...parseValues(settings, where, report) });
  draft.roles.set(name, { hosts: isList ? hosts : [], layer, where });
}

function isHostList(hosts: unknown): hosts is HostList {
  return Array.isArray(hosts) || typeof hosts === "function";
}

/** Where hosts were written; as of a `FilledApp`. */
export interface HostSource {
  /** As data, where settings that nobody declares can only be mistakes. */
  readonly isData?: boolean;
  readonly readSource?: ((file: string) => string | undefined) | undefined;
}

/**
 * All hosts of all roles; lists that are functions are asked, each once, at the same time.
 * @throws ProblemsError with every list that could not be had and every host that is none.
 */
export async function resolveInventory(draft: Draft, reader: EnvReader, source: HostSource = {}): Promise<Inventory> {
  const { roles, hosts } = draft;
  const problems: Problem[] = [];
  const lists = await Promise.all([...roles].map(async ([name, role]) => await listEntries(name, role, reader, problems)));
  const entries = [...lists.flat(), ...hosts];
  const inventory = keepProblems(problems, () => createInventory(entries, [...roles.keys()]));
  problems.push(...findWrongKeys(entries, draft.declarations, source));
  if (inventory === undefined || problems.length > 0) throw new ProblemsError("BAD_HOSTS", problems);
  return inventory;
}

async function listEntries(name: string, role: RoleDraft, reader: EnvReader, problems: Problem[]): Promise<InventoryEntry[]> {
  const { where } = role;
  const report = (what: string, hint: string | undefined): InventoryEntry[] => {
    problems.push({ message: `Role "${name}": its function for hosts ${what}`, subject: name, where, hint });
    return [];
  };
  if (typeof role.hosts !== "function") return role.hosts.map((input) => ({ role: name, input, where }));
  let list: unknown;
  try {
    list = await role.hosts(reader);
  } catch (thrown) {
    const error = toError(thrown);
    return report(`threw: ${error.message}`, error instanceof FakeError ? error.hint : undefined);
  }
  if (!Array.isArray(list)) return report(`gave ${inWords(list)}.`, 'It must give a list of hosts: ["app1.example.com"].');
  return list.map((input) => ({ role: name, input, where }));
}

/** Keys of hosts that can be no setting, or are most likely none. */
function findWrongKeys(entries: readonly InventoryEntry[], declarations: Draft["declarations"], source: HostSource): Problem[] {
  const { isData = false, readSource } = source;
  const locate = createLocate(readSource);
  const seen = new Set<unknown>();
  return entries.flatMap(({ input, where }: { readonly input: unknown } & Pick<InventoryEntry, "where">) => {
    // Several roles may list one object.
    if (!isRecord(input) || seen.has(input)) return [];
    seen.add(input);
    const name = String(input["name"] ?? input["host"] ?? "without a name");
    return Object.keys(input).flatMap((key): Problem | readonly Problem[] => {
      const meant = meantKey(key, input);
      // What stands in place of `host` was told with the host.
      const isTold = meant === "host" && input["host"] === undefined;
      if (isHostKey(key) || input[key] === undefined || isTold) return [];
      const provenance = { layer: "host", name, where } as const;
      const option = meant === undefined ? sshOption(key) : undefined;
      const stranger = findStranger({ key, provenance }, declarations, locate, isData, meant ?? option);
      const instead = `Write ${option} for this host into your ssh config: ~/.ssh/config is read, or what --ssh-config names.`;
      if (!isReservedKey(key)) return stranger && option ? { ...stranger, hint: instead } : (stranger ?? []);
      const hint = "That name means something else on the env: take another one.";
      return { message: `Host ${name}: "${key}" cannot be a setting.`, subject: name, where, hint };
    });
  });
}
