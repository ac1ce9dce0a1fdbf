import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";
import { drawColumns } from "../../columns.ts";
import { findPackageRoot } from "./version.ts";

const sbomSchema = z.object({
  components: z.array(
    z.object({
      group: z.optional(z.string()),
      name: z.string(),
      version: z.string(),
      licenses: z.array(z.object({ expression: z.string() })),
    }),
  ),
});

/** The libraries that the built package contains, with versions and licences; from the sources, where they are. */
export function listBundled(): string {
  const path = join(findPackageRoot(), "dist/sbom.cdx.json");
  if (!existsSync(path)) return "Runs from its sources: its libraries are in node_modules.\n";
  const { components } = sbomSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  const rows = components.map(({ group, name, version, licenses }) => [
    `  ${group === undefined ? name : `${group}/${name}`}`,
    version,
    licenses.map(({ expression }) => expression).join(", "),
  ]);
  return `Contains:\n${drawColumns(rows)}Runs on: node ${process.versions.node}, ${process.platform} ${process.arch}\n`;
}
