import * as z from "zod/mini";
import { BECOME_METHODS } from "../command/become.ts";
import { parseDuration } from "../command/duration.ts";
import { Secret } from "../command/secret.ts";
import { setting } from "../env/declare.ts";
import type { SettingDeclaration } from "../env/settings.ts";
import { SSH_TRANSPORTS } from "../hosts/host.ts";

const loginName = z.string().check(z.regex(/^[^-\s][^\s]*$/u, "must be a login name"), z.describe("login name"));
/** A password in plain sight would be printed by `fake env`: a secret, or asked for. */
const password = z
  .union([z.instanceof(Secret), z.literal(true)], "must be secret(...), or true to be asked")
  .check(z.describe("secret(...) or true"));

type Variable = string | number | boolean | Secret;

/** Names and values as a shell takes them; all that is wrong with them at once. */
const environment = z
  .record(
    z.string(),
    z.custom<Variable>(() => true),
  )
  .check(
    z.superRefine((variables, context) => {
      const refuse = (message: string): void => void context.addIssue({ code: "custom", message });
      for (const [name, value] of Object.entries(variables)) {
        if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
          refuse(`${JSON.stringify(name)} cannot be the name of a variable: letters, digits and _, no digit first`);
        if (!isVariable(value)) refuse(`${name} ${WRONG_VALUE}`);
      }
    }),
    z.describe("variables by name"),
  );

const WRONG_VALUE =
  'must be text, a number, true, false or secret("..."); what a function gives is a setting of its own: (env) => ({ TOKEN: env.token })';

function isVariable(value: unknown): boolean {
  const text = value instanceof Secret ? value.reveal() : value;
  return ["string", "number", "boolean"].includes(typeof text) && !String(text).includes("\0");
}

/** What timers can wait for; 0 for no limit. */
const timeLimit = z
  .union([z.literal(0), z.string(), z.number()])
  .check(
    z.refine(isTimeLimit, 'must be a time such as "5m", milliseconds, or 0'),
    z.describe('milliseconds, or text such as "5m"'),
  );

function isTimeLimit(value: string | number): boolean {
  if (value === 0 || value === "0") return true;
  try {
    return parseDuration(value) > 0;
  } catch {
    return false;
  }
}

const DOAS_ASKS_NOBODY =
  "doas asks for a password on a terminal only, so none is given to it; write `permit nopass` in doas.conf there, and set sudoPassword for hosts with sudo alone";

/** What every app knows without a recipe: how a host is logged in to, and how commands run there. Read by the runner. */
export const CORE_SETTINGS: Readonly<Record<string, SettingDeclaration>> = {
  user: setting(loginName, { desc: "Login name on hosts that name none", example: '"deployer"' }),
  forwardAgent: setting(z.boolean(), { desc: "Let hosts use this machine's SSH agent", default: false }),
  transport: setting(z.enum(SSH_TRANSPORTS), {
    desc: "Who speaks SSH: ssh (built in), or openssh (the system's: certificates, FIDO keys, GSSAPI, ProxyCommand)",
    default: "ssh",
  }),
  fastLogin: setting(z.boolean(), {
    desc: "Log in to OpenSSH servers in one burst instead of question by question",
    default: true,
  }),
  sshConfig: setting(z.string().check(z.minLength(1)), {
    desc: "Read in place of ~/.ssh/config, from the deployfile's folder; --ssh-config and FAKE_SSH_CONFIG win over it",
    example: '"ssh_config"',
  }),
  sshPassword: setting(password, {
    desc: "Password to log in with where no key does: secret(...), or true to be asked",
    example: 'secret(() => process.env.SSH_PASSWORD ?? "")',
  }),
  becomeMethod: setting(z.enum(BECOME_METHODS), {
    desc: "What runs commands as another user: sudo, doas (which must not want a password), or su",
    default: "sudo",
    beside: { key: "sudoPassword", faults: (method) => (method === "doas" ? [DOAS_ASKS_NOBODY] : []) },
  }),
  sudoPassword: setting(password, {
    desc: "Answers sudo where it wants a password: secret(...), or true to be asked. Without it sudo must not want one",
    example: "true",
  }),
  suPassword: setting(password, {
    desc: "Answers su, with the password of the user that a command runs as: secret(...), or true to be asked",
    example: "true",
  }),
  environment: setting(environment, {
    desc: "Variables of every command on hosts; those of the command itself win. Not expanded; may be secrets",
    default: {},
    example: '{ NODE_ENV: "production" }',
  }),
  commandTimeout: setting(timeLimit, {
    desc: "Most that a command on a host may take, where it has no timeout of its own; 0 is no limit",
    default: 0,
    example: '"10m"',
  }),
};
