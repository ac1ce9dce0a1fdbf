import * as z from "zod/mini";
import { type SettingsOf, setting } from "../../index.ts";

const relativePath = z.string().check(
  z.refine(
    (path) => path === "." || (path !== "" && !/^\/|(?:^|\/)\.{0,2}(?:\/|$)|\p{Cc}/u.test(path)),
    "must be a path below the release, such as frontend",
  ),
  z.describe("relative path"),
);
const nodeVersion = z
  .string()
  .check(
    z.regex(/^(?:|v?\d+(?:\.\d+){0,2}|lts\/(?:\*|[a-z]+))$/, "must be a version such as 22 or 22.11.0, or lts/*"),
    z.describe("version, or a part of one"),
  );
const cachePath = z.string().check(
  z.refine((path) => path === "" || path.startsWith("/"), "must be absolute, or empty"),
  z.describe("absolute path"),
);
const script = z
  .union([z.boolean(), z.string().check(z.minLength(1))])
  .check(z.describe("true, false, or a script of package.json"));

/** What an install puts there is an install's alone. */
const OWN = /(?:^|\/)node_modules(?:\/|$)/;
const linkedFault = (path: string): string =>
  `${JSON.stringify(path)} in linkedDirs would be one for all releases: an install for the next one empties it under the one that is live. Leave it out`;

export const declared = {
  nodeVersion: setting(nodeVersion, {
    desc: "Version of node, or a part of one; empty: as .nvmrc, .node-version, .tool-versions or volta say, or what the host has",
    default: "",
    example: '"22"',
  }),
  nodeDirectory: setting(relativePath, { desc: "Where package.json is in a release", default: ".", example: '"frontend"' }),
  nodeBuild: setting(script, {
    desc: "Script that builds: true for build, where package.json has it; a name, which it must have; false for none",
    default: true,
    example: '"build:production"',
  }),
  nodeBuildHere: setting(z.readonly(z.array(relativePath)), {
    desc: "Build on this machine instead, and send these files and directories into the release",
    default: [],
    example: '["dist"]',
  }),
  nodeBuildFrom: setting(z.string().check(z.minLength(1)), {
    desc: "Folder of this machine for that: with package.json, and what is deployed checked out",
    default: ".",
  }),
  nodeDevDependencies: setting(z.enum(["auto", "keep", "omit", "prune"]), {
    desc: "Development dependencies: kept where a release is built (auto), always (keep), never (omit), or only for the build (prune)",
    default: "auto",
  }),
  nodeModulesBy: setting(z.enum(["link", "copy", "install"]), {
    desc: "node_modules where nothing changed: link to files of the live release that nobody writes into, copy all, or install anew",
    default: "link",
    beside: {
      key: "linkedDirs",
      faults: (_, linked) => (linked as readonly string[]).filter((path) => OWN.test(path)).map(linkedFault),
    },
  }),
  nodeCache: setting(cachePath, {
    desc: "Where package managers keep what they download; empty: where they do by themselves",
    default: (env): string => `${env.sharedPath}/.cache/node`,
  }),
  nodeEnv: setting(z.string(), {
    desc: "NODE_ENV of installs and builds",
    default: (env): string => String(env.environment["NODE_ENV"] ?? "production"),
  }),
};

/** The settings of the recipe by type, as they are declared. */
export interface NodeSettings extends SettingsOf<typeof declared> {}

// The recipe's index.ts names this file's interface, or no declaration file of the package would lead a compiler here.
declare module "fake-deploy" {
  interface Settings extends NodeSettings {}
}

/** What is linked or copied by the deploy, and is this recipe's to fill. Where callables make the lists, only now is it seen. */
export function findConflicts(env: {
  readonly linkedDirs: readonly string[];
  readonly copyDirs: readonly string[];
}): readonly string[] {
  return [
    ...env.linkedDirs.filter((path) => OWN.test(path)).map(linkedFault),
    ...env.copyDirs
      .filter((path) => OWN.test(path))
      .map(
        (path) =>
          `${JSON.stringify(path)} in copyDirs is what the node recipe takes over by itself where nothing changed. Leave it out`,
      ),
  ];
}
