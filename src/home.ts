/** The user of this machine. Containers run under ids that its database does not know, and with a HOME that is empty. */
import { type UserInfo, userInfo } from "node:os";

/** What the user database says; undefined where it does not know the id. */
export function findUser(): UserInfo<string> | undefined {
  try {
    return userInfo();
  } catch {
    return undefined;
  }
}

/** HOME, where it says anything, or what the user database says, or `/`, which is what containers set. */
export function findHome(env: Readonly<Record<string, string | undefined>>): string {
  return env["HOME"] || findUser()?.homedir || "/";
}
