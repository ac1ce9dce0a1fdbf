import { ask, createSource, flatten, parseJson, type SecretSource } from "./source.ts";

/**
 * Secrets of a file that sops has encrypted: YAML, JSON, dotenv or INI. What is nested in it has a name with dots, `database.password`.
 * It needs the program sops on this machine, and a key that opens the file.
 * @param path absolute, or from the folder that `fake` is called in
 * @example env.set({ databasePassword: sops("production.enc.yaml")("database.password") });
 */
export function sops(path: string): SecretSource {
  return createSource(`the file ${path}`, async () => {
    const shown = `sops -d ${path}`;
    return flatten(parseJson(await ask("sops", ["-d", "--output-type", "json", path], shown), `\`${shown}\``));
  });
}
