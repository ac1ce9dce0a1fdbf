import { execFile } from "node:child_process";
import { resolve } from "node:path";

const program = resolve(import.meta.dirname, "../../build/advisories.mjs");

/** What `npm run advisories` ends with and says, asking the registry of this machine or another one. */
export async function askAdvisories(sbom: string, registry?: string): Promise<{ code: number; said: string }> {
  const env = { ...process.env, ...(registry !== undefined && { npm_config_registry: registry }) };
  return await new Promise((settle) => {
    execFile(process.execPath, [program, sbom], { env }, (error, stdout, stderr) =>
      settle({ code: Number(error?.code ?? 0), said: stdout + stderr }),
    );
  });
}
