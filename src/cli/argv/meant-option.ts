/** What an option that does not exist was meant to be: what it is in another tool, a setting, or one that is written nearly so. */
import { suggest } from "../../suggest.ts";
import { isFlag } from "./coerce.ts";
import { type ForeignOption, foreignOptions } from "./foreign-words.ts";
import { argumentsOf, type Edit, fieldOf, giveUp, type Line, replace } from "./line.ts";
import { optionsOf } from "./options.ts";

/** What stands behind an option, and how many words the two are. */
export interface BehindOption {
  readonly value: string | undefined;
  readonly took: number;
}

/** @param shown as it was written, without a value @param key the same as settings and arguments are called */
export function meantOption(line: Line, shown: string, key: string, given: BehindOption): Edit {
  const foreign = foreignOptions.get(shown);
  if (foreign !== undefined) return translate(line, shown, foreign, given);
  if (!shown.startsWith("--")) return giveUp(line, given.took);
  if (isEarly(line, key)) return asLate(line, shown, shown.slice(2), given);
  const { settings } = line.known;
  if (settings.includes(key)) return asSetting(line, shown, key, given);
  const own = [...optionsOf(line.verb ?? line.vocabulary.runVerb, line.vocabulary.options), ...argumentsOf(line)];
  const near = suggest(shown.slice(2), [...own, ...settings]);
  if (near === undefined) return giveUp(line, given.took);
  return own.includes(near) ? asOption(line, shown, near, given, `Did you mean --${near}?`) : asSetting(line, shown, near, given);
}

/** The only task of the line comes after it, and has an argument of this name. */
function isEarly(line: Line, key: string): boolean {
  const [task, ...more] = new Set(line.argv.flatMap((word) => line.known.find(word) ?? []));
  return line.owner === undefined && task !== undefined && more.length === 0 && takes(line, task, key);
}

function takes({ known }: Line, task: string, key: string): boolean {
  return Object.hasOwn(known.argsOf(task)?.shape ?? {}, key);
}

function asLate(line: Line, shown: string, name: string, { value, took }: BehindOption): Edit {
  line.late.push(`--${name}`, ...(value === undefined ? [] : [value]));
  return replace(line, took, shown, "Arguments follow the name of their task.", []);
}

function translate(line: Line, shown: string, foreign: ForeignOption, given: BehindOption): Edit {
  const { value, took } = given;
  switch (foreign.is) {
    case "hosts":
      return asHosts(line, shown, given);
    case "option":
      return asOption(line, shown, foreign.name, given, `It is --${foreign.name} here${foreign.note ?? ""}.`);
    case "setting":
      return asSetting(line, shown, foreign.key, foreign.value === undefined ? given : { value: foreign.value, took: 1 });
    case "settings":
      return value?.includes("=") === true
        ? replace(line, took, shown, ONE_RUN, ["-s", value])
        : giveUp(line, took, shown, "A setting for one run is -s KEY=VALUE.");
    case "revision":
      if (argumentsOf(line).includes(foreign.argument))
        return asOption(line, shown, foreign.argument, given, `It is --${foreign.argument} here.`);
      if (isEarly(line, foreign.argument)) return asLate(line, shown, foreign.argument, given);
      // A task that says what it takes would not look at the setting either.
      if (argumentsOf(line).length > 0) {
        const taker = [...line.known.names()].find((name) => takes(line, name, foreign.argument));
        if (taker !== undefined) return giveUp(line, took, shown, `${taker} takes it: fake ${taker} --${foreign.argument}`);
      }
      if (line.known.settings.includes("branch")) return asSetting(line, shown, "branch", given);
      return giveUp(line, took, shown, "Nothing here knows of branches: the deploy recipe does, use(deploy()).");
    case "task": {
      const reason = "Tasks are named without an option.";
      // The word behind it is a task, or no task either.
      return value === undefined ? replace(line, took, shown, reason, []) : giveUp(line, took, shown, reason);
    }
    case "verb": {
      const isFree = line.verb === undefined && line.owner === undefined;
      return replace(line, 1, shown, `It is \`fake ${foreign.name}\`.`, isFree ? [foreign.name] : []);
    }
    case "nothing":
      return giveUp(line, 1, shown, foreign.instead);
  }
}

const ONE_RUN = "A setting for one run is -s.";

/** `--limit staging`, `ROLES=web` */
export function asHosts(line: Line, shown: string, { value = "", took }: BehindOption): Edit {
  const { roles, hosts } = line.known;
  if (value.includes("=")) return replace(line, took, shown, ONE_RUN, ["-s", value]);
  if (/^\d+$/.test(value)) return replace(line, took, shown, "How many hosts at once is -P.", ["-P", value]);
  const names = value.split(/[,:]/);
  if (names.every((name) => roles.includes(name)))
    return replace(line, took, shown, "Roles are selected with -R.", ["-R", names.join(",")]);
  if (names.every((name) => hosts.includes(name)))
    return replace(line, took, shown, "Hosts are selected with -H.", ["-H", names.join(",")]);
  const all = roles.length === 0 ? "" : ` Roles: ${roles.join(", ")}.`;
  return giveUp(line, took, shown, `Roles are selected with -R, hosts with -H.${all}`);
}

/** An option of the run, or an argument of the task at hand. */
function asOption(line: Line, shown: string, name: string, { value, took }: BehindOption, reason: string): Edit {
  const spec = line.vocabulary.options.get(name);
  const field = fieldOf(line, name);
  const isAlone = spec === undefined ? field !== undefined && isFlag(field as never) : spec.type.isFlag === true;
  if (value !== undefined && spec?.type.words?.includes(value) === true)
    return replace(line, took, shown, reason, [`--${name}=${value}`]);
  if (isAlone) return replace(line, 1, shown, reason, [`--${name}`]);
  return value === undefined ? giveUp(line, took, shown, reason) : replace(line, took, shown, reason, [`--${name}`, value]);
}

function asSetting(line: Line, shown: string, key: string, { value, took }: BehindOption): Edit {
  const reason = `\`${key}\` is a setting: -s ${key}=VALUE sets it for one run.`;
  return value === undefined ? giveUp(line, took, shown, reason) : replace(line, took, shown, reason, ["-s", `${key}=${value}`]);
}
