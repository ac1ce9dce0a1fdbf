import { inspect } from "node:util";
import { drawColumns } from "../../columns.ts";
import { hideUrlPasswords, neutralise } from "../../command/neutralise.ts";
import type { Provenance } from "../../env/settings.ts";
import { redactSecrets } from "../../env/values/secret-text.ts";
import { type FakeError, formatLocation } from "../../errors.ts";
import { groupBy } from "../../group-by.ts";
import type { SelectedHost } from "../../hosts/select.ts";

/** A setting as one host sees it. */
export interface ResolvedSetting {
  readonly host: string;
  readonly key: string;
  readonly value: unknown;
  /** The value as it may be shown. */
  readonly text: string;
  readonly provenance: Provenance | undefined;
  /** Keys that its callable looked at. */
  readonly reads: readonly string[];
  readonly error: FakeError | undefined;
}

/** A row for each setting, in their order; where hosts differ, one for each group of hosts that agree. */
export function drawSettings(settings: readonly ResolvedSetting[], hosts: readonly SelectedHost[]): string {
  const groups = groupBy(settings, (setting) => JSON.stringify([setting.key, textOf(setting), sourceOf(setting)]));
  const rows = groups.map((group) => [group[0].key, textOf(group[0]), sourceOf(group[0]), hostsOf(group, hosts)]);
  const list = hosts.map(
    ({ host, settingsRoles }) => `${host.id}${settingsRoles.length === 0 ? "" : ` (${settingsRoles.join(", ")})`}`,
  );
  const isShared = rows.every((row) => row[3] === "");
  const heads = ["KEY", "VALUE", "SOURCE", ...(isShared ? [] : ["HOSTS"])];
  return `Hosts: ${list.join(", ")}\n\n${drawColumns([heads, ...rows])}`;
}

/** A value on one line: text as it is, everything else as JSON. */
export function showValue(value: unknown): string {
  const data = toData(value);
  return hideUrlPasswords(neutralise(typeof data === "string" ? data : (JSON.stringify(data) ?? onOneLine(data))));
}

/** A value as JSON may hold it: secrets redacted, and what JSON cannot hold as it is printed. */
export function toData(value: unknown): unknown {
  const data = redactSecrets(value);
  try {
    JSON.stringify(data);
    return data;
  } catch {
    return onOneLine(data);
  }
}

function onOneLine(value: unknown): string {
  return inspect(value, { breakLength: Number.POSITIVE_INFINITY });
}

function textOf({ text, error }: ResolvedSetting): string {
  const shown = error === undefined ? text : error.code === "SETTING_MISSING" ? "(not set)" : `(${error.shortMessage})`;
  return shown.replaceAll("\n", "\\n");
}

function sourceOf({ provenance, reads, error }: ResolvedSetting): string {
  if (provenance === undefined || error !== undefined) return "";
  const { layer, name, where } = provenance;
  const owner = name === undefined ? layer : `${layer} ${name}`;
  // What a recipe declares is at the line that uses the recipe: that says nothing.
  const place = where === undefined || layer === "default" ? "" : ` ${formatLocation(where)}`;
  return `${layer === "option" ? "-s" : owner}${layer === "option" ? "" : place}${reads.length === 0 ? "" : `, from ${reads.join(", ")}`}`;
}

function hostsOf(group: readonly ResolvedSetting[], hosts: readonly SelectedHost[]): string {
  return group.length === hosts.length ? "" : group.map(({ host }) => host).join(", ");
}
