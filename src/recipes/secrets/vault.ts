import { ask, createSource, flatten, parseJson, type SecretSource } from "./source.ts";

/**
 * Secrets of a path of HashiCorp Vault or OpenBao, of both versions of its key-value engine. It needs the program vault on this machine, and
 * what that needs: VAULT_ADDR, and a token.
 * @param program `bao` for OpenBao. @default "vault"
 * @example env.set({ databasePassword: vault("secret/shop/production")("database_password") });
 */
export function vault(path: string, { program = "vault" }: { readonly program?: string | undefined } = {}): SecretSource {
  const shown = `${program} kv get ${path}`;
  return createSource(`${path} of ${program}`, async () => {
    const answer = parseJson(await ask(program, ["kv", "get", "-format=json", path], shown), `\`${shown}\``);
    const { data } = answer as { readonly data?: Readonly<Record<string, unknown>> };
    const inner = data?.["data"];
    // Version 2 has the secrets one level deeper, beside what it knows of them.
    return flatten(typeof inner === "object" && data?.["metadata"] !== undefined ? inner : data);
  });
}
