import type { EnvLayer } from "../env/definition.ts";
import { isReserved } from "../env/reserved.ts";
import type { SourceLocation } from "../errors.ts";
import { isPromise } from "./value-words.ts";

/** @param key the setting it is about */
type ReportSetting = (message: string, key: string, hint?: string) => void;

/** Key of a role that is no setting. */
const HOSTS = "hosts";

/** True for what no setting can be called: names that mean something on an env, and the hosts of a role. */
export function isReservedKey(key: string): boolean {
  return key === HOSTS || isReserved(key);
}

/** Settings that were given together, without those that cannot be: reserved names, promises, keys nobody could type. */
export function parseValues(
  values: Readonly<Record<string, unknown>>,
  where: SourceLocation | undefined,
  report: ReportSetting,
): EnvLayer {
  const kept = Object.entries(values).filter(([key, value]) => {
    if (value === undefined) return false;
    if (isReservedKey(key))
      report(`"${key}" cannot be a setting.`, key, "That name means something else on the env: take another one.");
    else if (!/^[^\s=\p{Cc}]+$/u.test(key))
      report(`${JSON.stringify(key)} cannot be the key of a setting.`, key, "Letters and digits, as in `deployPath`.");
    else if (isPromise(value))
      report(
        `The setting "${key}" is a promise.`,
        key,
        `Set a function that gives it, called when it is first read: ${key}: async () => ...`,
      );
    else return true;
    return false;
  });
  return Object.freeze({ values: Object.freeze(Object.fromEntries(kept)), where });
}
