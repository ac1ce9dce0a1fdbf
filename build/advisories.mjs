// Asks the npm registry whether there are advisories on what is bundled: an audit of a project does not see it.
//
//   node build/advisories.mjs [dist/sbom.cdx.json]
//
// Exit code 0: none. 1: there are, and they are listed. 2: the registry gave no answer, so nothing is known.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const PATIENCE_MS = 30_000;
const root = resolve(import.meta.dirname, "..");
const { components } = JSON.parse(readFileSync(process.argv[2] ?? join(root, "dist/sbom.cdx.json"), "utf8"));
const versions = {};
for (const { group, name: own, version } of components) {
  const name = group === undefined ? own : `${group}/${own}`;
  versions[name] = [...(versions[name] ?? []), version];
}
const registry =
  process.env.npm_config_registry ?? execFileSync("npm", ["config", "get", "registry"], { encoding: "utf8" }).trim();

try {
  const found = await askFor(versions);
  const lines = Object.entries(found).flatMap(([name, advisories]) =>
    advisories.map(
      ({ severity, title, url, vulnerable_versions: range }) =>
        `${name}@${versions[name]} (${range}): ${severity}: ${title}\n  ${url}`,
    ),
  );
  process.stdout.write(
    lines.length === 0
      ? `No advisories on the ${components.length} bundled packages.\n`
      : `${lines.join("\n")}\nUpdate these and make a release: projects cannot do it for themselves.\n`,
  );
  process.exitCode = lines.length === 0 ? 0 : 1;
} catch (error) {
  process.stderr.write(`Not checked: ${registry} did not say: ${error.cause?.message ?? error.message}\n`);
  process.exitCode = 2;
}

/** What `npm audit` asks. @throws where there is no such answer */
async function askFor(versions) {
  const response = await fetch(new URL("-/npm/v1/security/advisories/bulk", registry.endsWith("/") ? registry : `${registry}/`), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(versions),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  const found = await response.json();
  if (typeof found !== "object" || found === null || !Object.values(found).every(Array.isArray))
    throw new Error("it is not an answer about advisories");
  return found;
}
