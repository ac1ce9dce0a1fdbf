import { inspect } from "node:util";
import { Secret } from "../command/secret.ts";
import { UsageError } from "../errors.ts";
import { refuseUnknown } from "../suggest.ts";

/** How to log in: what a host says itself wins over what an action says, and that over the launcher's. */
export interface ConnectSettings {
  readonly user?: string | undefined;
  readonly port?: number | undefined;
  /**
   * Paths of private keys, offered in place of all others: relative to the launcher's directory, `~` is the home directory. With "openssh"
   * those of the ssh config follow.
   * @default what the ssh config names
   */
  readonly identityFile?: string | readonly string[] | undefined;
  /** @default "ssh" */
  readonly transport?: string | undefined;
  /** Lets hosts use the local SSH agent. @default false */
  readonly forwardAgent?: boolean | undefined;
  /** Where keys do not do: this one, or `true` to ask. @default keys only */
  readonly password?: Secret | true | undefined;
  /** What sudo is given where it asks, for processes with a `user`: this one, or `true` to ask, once for all. @default nothing: it must not ask */
  readonly sudoPassword?: Secret | true | undefined;
  /** The same for su, once for each user. */
  readonly suPassword?: Secret | true | undefined;
}

const KEYS: Readonly<Record<keyof ConnectSettings, true>> = {
  user: true,
  port: true,
  identityFile: true,
  transport: true,
  forwardAgent: true,
  password: true,
  sudoPassword: true,
  suPassword: true,
};

/** @throws UsageError for a key that it does not have, and for identity files that are no paths */
export function checkConnect(settings: ConnectSettings): void {
  refuseUnknown("connect", settings, Object.keys(KEYS));
  const { identityFile, sudoPassword, suPassword } = settings;
  for (const [key, value] of Object.entries({ sudoPassword, suPassword }))
    if (value !== undefined && value !== true && !(value instanceof Secret))
      throw new UsageError("BAD_PASSWORD", `${key} is no secret: it could be shown.`, {
        hint: `import { secret } from "fake-deploy"; ${key}: secret(process.env.NAME)`,
      });
  if (identityFile === undefined) return;
  const paths: readonly unknown[] = Array.isArray(identityFile) ? identityFile : [identityFile];
  if (paths.length > 0 && paths.every((path) => typeof path === "string" && /^[^\0\n]+$/.test(path))) return;
  throw new UsageError("BAD_IDENTITY_FILE", `identityFile is ${inspect(identityFile, { depth: 1, maxStringLength: 60 })}.`, {
    hint: "It is the path of a private key, or a list of such paths.",
  });
}
