import * as z from "zod/mini";
import { Secret } from "../command/secret.ts";
import { setting } from "../env/declare.ts";
import type { SettingDeclaration } from "../env/settings.ts";
import { SSH_TRANSPORTS } from "../hosts/host.ts";

const loginName = z.string().check(z.regex(/^[^-\s][^\s]*$/u, "must be a login name"), z.describe("login name"));
/** A password in plain sight would be printed by `fake env`: a secret, or asked for. */
const password = z
  .union([z.instanceof(Secret), z.literal(true)], "must be secret(...), or true to be asked")
  .check(z.describe("secret(...) or true"));

/** What every app knows without a recipe: how a host is logged in to, and how its sudo is answered. Read by the runner. */
export const LOGIN_SETTINGS: Readonly<Record<string, SettingDeclaration>> = {
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
  sshPassword: setting(password, {
    desc: "Password to log in with where no key does: secret(...), or true to be asked",
    example: 'secret(() => process.env.SSH_PASSWORD ?? "")',
  }),
  sudoPassword: setting(password, {
    desc: "Answers sudo where it wants a password: secret(...), or true to be asked. Without it sudo must not want one",
    example: "true",
  }),
};
