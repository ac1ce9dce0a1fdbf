import { hideUrlPasswords } from "../../command/neutralise.ts";
import type { Env } from "../../env/definition.ts";
import { FakeError, ProblemsError, UsageError } from "../../errors.ts";
import type { SelectedHost } from "../../hosts/select.ts";
import { placeholderOf, selectTarget } from "../../prepare/target.ts";
import { didYouMean } from "../../suggest.ts";
import type { VerbFunction } from "../argv/invocation.ts";
import { refuseSelections } from "../explain-into.ts";
import { openApp } from "../open-app.ts";
import { sshConfigProblems } from "../ssh-config.ts";
import { drawSettings, type ResolvedSetting, showValue, toData } from "../tables/env-table.ts";
import type { CliIo } from "../terminal/io.ts";

/** Shows settings as each host sees them. */
export const runEnv: VerbFunction = async (invocation, io) => {
  const { options, words } = invocation;
  const app = await openApp(invocation, io);
  if (words.length > 0) await refuseSelections(invocation, app, "setting");
  const wrong = sshConfigProblems(options, io);
  if (wrong.length > 0) throw new ProblemsError("USAGE", wrong);
  // What only a run finds out reads as <key>, as in a dry run.
  const { hosts, env, redactor } = await selectTarget(app, { ...options, dryRun: true, redactor: io.redactor });
  const all = allKeys(env, hosts);
  const keys = words.length === 0 ? all : knownKeys(words, all);
  const settings = await Promise.all(keys.flatMap((key) => hosts.map(({ host }) => resolveSetting(env, host.id, key))));
  const isAsked = ({ key, value }: ResolvedSetting): boolean => words.length > 0 || value !== placeholderOf(key);
  const resolved = settings.filter(isAsked).map((setting) => ({ ...setting, text: redactor.redact(setting.text) }));
  const [key] = keys;
  if (options.json) io.stdout.write(hideUrlPasswords(redactor.redact(toJson(hosts, resolved))));
  else if (words.length === 1 && key !== undefined) writeOne(resolved, io);
  else io.stdout.write(drawSettings(resolved, hosts));
  return resolved.some(({ error }) => error !== undefined && error.code !== UNSET) ? 2 : 0;
};

/** The code of an error that says: nobody has set it. */
const UNSET = "SETTING_MISSING";

function allKeys(env: Env, hosts: readonly SelectedHost[]): readonly string[] {
  return [...new Set(hosts.flatMap(({ host }) => env.forHost(host.id).keys()))].sort();
}

function knownKeys(words: readonly string[], keys: readonly string[]): readonly string[] {
  const unknown = words.filter((word) => !keys.includes(word));
  if (unknown.length === 0) return keys.filter((key) => words.includes(key));
  const lines = unknown.map((word) =>
    `There is no setting ${JSON.stringify(word)}. ${didYouMean(word, keys, String) ?? ""}`.trim(),
  );
  throw new UsageError("UNKNOWN_SETTING", lines.join("\n"), { hint: "Without a key, `fake env` lists all of them." });
}

async function resolveSetting(env: Env, host: string, key: string): Promise<ResolvedSetting> {
  try {
    const { value, provenance, reads } = await env.forHost(host).explain(key);
    return { host, key, value, text: showValue(value), provenance, reads, error: undefined };
  } catch (error) {
    if (!(error instanceof FakeError)) throw error;
    return { host, key, value: undefined, text: "", provenance: undefined, reads: [], error };
  }
}

/** One value for a script to read; where hosts differ, a line for each. */
function writeOne(resolved: readonly ResolvedSetting[], io: CliIo): void {
  const failed = resolved.find(({ error }) => error !== undefined);
  if (failed?.error !== undefined) throw failed.error;
  const texts = new Set(resolved.map(({ text }) => text));
  const [only] = texts;
  if (texts.size === 1) io.stdout.write(`${only}\n`);
  else for (const { host, text } of resolved) io.stdout.write(`${host}\t${text}\n`);
}

function toJson(hosts: readonly SelectedHost[], resolved: readonly ResolvedSetting[]): string {
  const list = hosts.map(({ host, settingsRoles }) => ({
    host: host.id,
    roles: host.roles,
    settingsRoles,
    settings: Object.fromEntries(
      resolved.filter((setting) => setting.host === host.id).map((setting) => [setting.key, toPlain(setting)]),
    ),
  }));
  return `${JSON.stringify(list, null, 2)}\n`;
}

function toPlain({ value, provenance, reads, error }: ResolvedSetting): Record<string, unknown> {
  if (error !== undefined) return { error: error.message };
  const { layer, name, where } = provenance ?? {};
  return {
    value: toData(value),
    layer,
    name,
    file: where?.file,
    line: where?.line,
    reads: reads.length === 0 ? undefined : reads,
  };
}
