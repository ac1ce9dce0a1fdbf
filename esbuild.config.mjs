// Builds dist/: the command line and the public entry points as ES modules that share their chunks, so that a deployfile's
// `fake-deploy` is the same instance as the running command's.
import { readFileSync, rmSync } from "node:fs";
import { build } from "esbuild";

const { version } = JSON.parse(readFileSync(new URL("./package.json", import.meta.url), "utf8"));

rmSync(new URL("./dist", import.meta.url), { recursive: true, force: true });

await build({
  entryPoints: {
    index: "src/index.ts",
    testing: "src/testing.ts",
    "recipes/deploy/index": "src/recipes/deploy/index.ts",
    "cli/bin": "src/cli/bin.ts",
  },
  outdir: "dist",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20.19",
  packages: "external",
  sourcemap: "linked",
  sourcesContent: false,
  chunkNames: "chunks/[name]-[hash]",
  define: { __FAKE_VERSION__: JSON.stringify(version) },
  logLevel: "warning",
});
