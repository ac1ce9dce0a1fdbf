import { Secret } from "../command/secret.ts";
import type { Env, EnvDefinition } from "../env/definition.ts";
import { FakeError, type Problem, ProblemsError, UsageError } from "../errors.ts";
import { groupBy } from "../group-by.ts";
import { addressed } from "../hosts/host-pattern.ts";
import type { SelectedHost, SettingCondition } from "../hosts/select.ts";
import { didYouMean } from "../suggest.ts";

/** What the setting of a condition says on a host: texts, several where it is a list; none where it is not set. */
interface Said {
  readonly host: SelectedHost;
  readonly texts: readonly string[];
}

/**
 * Of these hosts, those whose settings meet every condition. Only the settings that are asked for, and what these read, are looked up.
 * @throws UsageError when none is left; ProblemsError for a setting that nobody knows, or that hosts cannot be selected by
 */
export async function keepWhere(
  hosts: readonly SelectedHost[],
  conditions: readonly SettingCondition[],
  env: Env,
  { declarations }: EnvDefinition,
): Promise<readonly SelectedHost[]> {
  const known = new Set(hosts.flatMap(({ host }) => env.forHost(host.id).keys()));
  const problems: Problem[] = [];
  const saidOf = async (host: SelectedHost, key: string): Promise<Said> => {
    const { reader, get } = env.forHost(host.host.id);
    try {
      return { host, texts: reader.has(key) ? toTexts(key, await get(key)) : [] };
    } catch (error) {
      if (!(error instanceof FakeError)) throw error;
      // The same on many hosts is told once.
      if (!problems.some(({ message }) => message === error.message))
        problems.push({ message: error.message, subject: key, hint: error.hint });
      return { host, texts: [] };
    }
  };
  for (const key of new Set(conditions.map((condition) => condition.key))) {
    if (!known.has(key)) problems.push(unknownSetting(key, known));
    else if (declarations.get(key)?.declaration.kind === "fact")
      problems.push({ message: `\`${key}\` is only known during a run: hosts cannot be selected by it.`, subject: key });
  }
  if (problems.length > 0) throw new ProblemsError("WHERE", problems);
  const said = await Promise.all(
    conditions.map(async (condition) => ({
      condition,
      each: await Promise.all(hosts.map((host) => saidOf(host, condition.key))),
    })),
  );
  if (problems.length > 0) throw new ProblemsError("WHERE", problems);
  const left = hosts.filter((_, at) =>
    said.every(({ condition, each }) => each[at]?.texts.includes(condition.value) === (condition.not !== true)),
  );
  if (left.length > 0) return left;
  const wanted = conditions.map(({ key, value, not }) => `${key}${not === true ? "!=" : "="}${value}`).join(" and ");
  const message =
    hosts.length === 1
      ? `${addressed(hosts.map(({ host }) => host))} is selected, and does not have ${wanted}.`
      : `Of the ${hosts.length} hosts selected, none has ${wanted}.`;
  const hint = said
    .map(({ condition, each }) => describeValues(condition.key, each))
    .filter((line, at, all) => all.indexOf(line) === at);
  throw new UsageError("NO_HOSTS", message, { hint: hint.join("\n") });
}

/** `region is "eu" on app1, app2; "us" on app3; not set on db1.` */
function describeValues(key: string, each: readonly Said[]): string {
  const groups = groupBy(each, ({ texts }) => JSON.stringify(texts));
  const parts = groups.slice(0, 6).map((group) => {
    const value = group[0].texts.length === 0 ? "not set" : group[0].texts.map((text) => JSON.stringify(text)).join(", ");
    return `${value} on ${addressed(group.map(({ host }) => host.host))}`;
  });
  const more = groups.length > parts.length ? `; and ${groups.length - parts.length} more values` : "";
  return `${key} is ${parts.join("; ")}${more}.`;
}

function unknownSetting(key: string, known: ReadonlySet<string>): Problem {
  const hint = didYouMean(key, known, String) ?? "`fake env` lists the settings of hosts.";
  return { message: `There is no setting ${JSON.stringify(key)} to select hosts by.`, subject: key, hint };
}

/** A value as it would be typed. @throws UsageError for what cannot be */
function toTexts(key: string, value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item) => toTexts(key, item));
  if (value instanceof Secret)
    throw new UsageError("WHERE", `\`${key}\` is a secret: hosts cannot be selected by it.`, {
      hint: "Who sees which hosts are left would know it.",
    });
  if (["string", "number", "boolean", "bigint"].includes(typeof value)) return [String(value)];
  throw new UsageError(
    "WHERE",
    `\`${key}\` is neither text, a number, yes or no, nor a list of these: hosts cannot be selected by it.`,
  );
}
