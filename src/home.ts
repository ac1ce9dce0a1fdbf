/** The user of this machine. Containers run under ids that its database does not know, and with a HOME that is empty. */
import { type UserInfo, userInfo } from "node:os";
import { isAbsolute, join } from "node:path";

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the user database says; undefined where it does not know the id. */
export function findUser(): UserInfo<string> | undefined {
  try {
    return userInfo();
  } catch {
    return undefined;
  }
}

/** HOME, where it says anything, or what the user database says, or `/`, which is what containers set. */
export function findHome(env: Environment): string {
  return env["HOME"] || findUser()?.homedir || "/";
}

/** Our part of the user's cache folder. */
export function userCacheFolder(env: Environment): string {
  const cache = env["XDG_CACHE_HOME"];
  // The specification says that a relative path here is to be ignored.
  const home = cache !== undefined && isAbsolute(cache) ? cache : join(findHome(env), ".cache");
  return join(home, "fake");
}
