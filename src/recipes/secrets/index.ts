import { dirname } from "node:path/posix";
import * as z from "zod/mini";
import {
  type Command,
  type CommandBodyContext,
  type Recipe,
  Secret,
  type SettingsOf,
  setting,
  sh,
  type TaskHandle,
} from "../../index.ts";
import { composeEnvFile, ENV_FILE_STYLES, type EnvFilePart } from "./env-file.ts";

export { command } from "./command.ts";
export { dotenv } from "./dotenv.ts";
export type { EnvFilePart, EnvFileStyle } from "./env-file.ts";
export { environment } from "./environment.ts";
export { sops } from "./sops.ts";
export type { SecretSource } from "./source.ts";
export { vault } from "./vault.ts";

const relativePath = z.string().check(
  z.refine((path) => path !== "" && !/^\/|(?:^|\/)\.\.?(?:\/|$)|\p{Cc}/u.test(path), "must be a path below shared, such as .env"),
  z.describe("relative path"),
);

const fromSchema = z
  .array(z.custom<EnvFilePart>(isPart, "must be a file's name, a source, or values by name"))
  .check(z.describe("list of files, sources and values"));

const declared = {
  secretsFrom: setting(fromSchema, {
    desc: "What the file of variables is put together from, later ones over earlier ones: names of files, sources, values by name",
    default: [],
    example: '["production.env", { NODE_ENV: "production" }]',
  }),
  secretsFile: setting(relativePath, { desc: "The file of shared that it is written to; one of linkedFiles", default: ".env" }),
  secretsMode: setting(
    z.string().check(z.regex(/^0?[0-7]00$|^0?[0-7][04][04]$/, "must be octal, and nobody but the owner may write")),
    {
      desc: "Its mode, octal",
      default: "600",
    },
  ),
  secretsStyle: setting(z.enum(ENV_FILE_STYLES), {
    desc: "quoted: read alike by sh, systemd, node and dotenv; plain: for docker run --env-file, which knows no quotes",
    default: "quoted",
  }),
  secretsContent: setting(z.instanceof(Secret), {
    desc: "What is written there",
    default: async (env): Promise<Secret> => await composeEnvFile(await env.get("secretsFrom"), await env.get("secretsStyle")),
  }),
};

/** The settings of the recipe by type, as they are declared. */
export interface SecretsSettings extends SettingsOf<typeof declared> {}

declare module "fake-deploy" {
  interface Settings extends SecretsSettings {}
}

/**
 * Puts a file of variables together from several places, and writes it into `shared` of each host before a deploy looks whether it is there:
 * whole, in one rename, and only where it differs. What cannot be read is an error before the first command is sent.
 * @returns the task that writes it
 * @example
 * use(deploy());
 * use(secrets());
 * env.set({ linkedFiles: [".env"], secretsFrom: [sops("production.enc.env"), { NODE_ENV: "production" }] });
 */
export function secrets(): Recipe<{ readonly write: TaskHandle }> {
  return ({ settings, task, after }) => {
    settings(declared);
    const write = task("secrets:write", {
      desc: "Write the file of variables, where it differs",
      prefetch: ["secretsContent"],
      commands: (t) => (t.env.secretsFrom.length === 0 ? [] : [writeCommand(t)]),
      receive(t, [result]) {
        if (result?.stdout.includes(WRITTEN) === true) t.log.changed(`wrote ${fileOf(t.env)}`);
      },
      sendAhead: true,
      states: [],
    });
    after("deploy:lock", write, { flows: ["deploy"] });
    return { write };
  };
}

const WRITTEN = "env file written";

function fileOf({ sharedPath, secretsFile }: CommandBodyContext["env"]): string {
  return `${sharedPath}/${secretsFile}`;
}

/** Under the lock of the deploy, so nobody else writes there. The content comes as a variable, with the rest of the flight. */
function writeCommand(t: CommandBodyContext): Command {
  const file = fileOf(t.env);
  const part = `${file}.fake-${t.runId}`;
  const text = sh`
    umask 077
    # What a run has left that was cut off holds secrets, too.
    mkdir -p ${dirname(file)} && rm -f ${file}.fake-* && printf %s "$FAKE_ENV_FILE" >${part} && chmod ${t.env.secretsMode} ${part} || exit
    if cmp -s ${part} ${file}; then
      rm -f ${part} && chmod ${t.env.secretsMode} ${file}
    else
      mv -f ${part} ${file} && echo ${WRITTEN}
    fi
  `;
  const options = { title: `write ${file}`, quiet: "output", contained: true, ifLost: "repeat" } as const;
  return t.vars({ FAKE_ENV_FILE: t.env.secretsContent }).cmd(options)(text);
}

function isPart(part: unknown): boolean {
  if (typeof part === "string") return part !== "";
  if (typeof part === "function") return "all" in part;
  if (typeof part !== "object" || part === null || Array.isArray(part) || part instanceof Secret) return false;
  return Object.values(part).every((value) => ["string", "number", "boolean"].includes(typeof value) || value instanceof Secret);
}
