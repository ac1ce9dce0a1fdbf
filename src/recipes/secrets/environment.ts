import { type Callable, type Secret, secret, UsageError } from "../../index.ts";

/**
 * A variable of the environment that `fake` runs in, as a secret. An empty one counts as one that is not set.
 * @throws UsageError when it is read and not set
 * @example env.set({ sudoPassword: environment("SUDO_PASSWORD") });
 */
export function environment(name: string): Callable<Secret> {
  return secret(() => {
    const value = process.env[name] ?? "";
    if (value !== "") return value;
    throw new UsageError("SECRET_UNKNOWN", `The environment variable ${name} is not set.`, {
      hint: `Set it: export ${name}=...`,
    });
  });
}
