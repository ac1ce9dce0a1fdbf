import type { satisfies } from "./satisfies.ts";
import type { NodeWork } from "./work.ts";

/**
 * What a project says about itself, on a host. Sent there as text: it names nothing from outside.
 */
export function readHostProject(work: NodeWork, need: (name: string) => unknown, isIn: typeof satisfies) {
  const fs = need("node:fs") as typeof import("node:fs");
  const { delimiter, join } = need("node:path") as typeof import("node:path");
  const here = join(work.release, work.directory);
  const read = (...parts: readonly string[]): string => {
    try {
      return fs.readFileSync(join(...parts), "utf8");
    } catch {
      return "";
    }
  };
  const json = (...parts: readonly string[]): Readonly<Record<string, unknown>> | undefined => {
    try {
      return recordOf(JSON.parse(read(...parts)));
    } catch {
      return undefined;
    }
  };
  const recordOf = (value: unknown): Readonly<Record<string, unknown>> =>
    typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  const exists = (name: string): boolean => fs.existsSync(join(here, name));
  const has = (program: string): boolean =>
    (process.env["PATH"] ?? "").split(delimiter).some((place) => fs.existsSync(join(place, program)));

  const text = read(here, "package.json");
  const parsed = json(here, "package.json");
  const manifest = parsed ?? {};
  const lineOf = (key: string): string => {
    const at = text.indexOf(`"${key}"`);
    return at < 0 ? "package.json" : `package.json:${text.slice(0, at).split("\n").length}`;
  };
  const scripts = recordOf(manifest["scripts"]);
  const files = Object.keys(work.lockfiles).filter(exists);
  const lockfile = files[0] ?? "";
  const programs = [...new Set(files.map((file) => work.lockfiles[file] ?? ""))];
  const pinned = /^(npm|pnpm|yarn|bun)@(\d[^+\s]*)/.exec(String(manifest["packageManager"] ?? "")) ?? undefined;
  const isBerry =
    programs[0] === "yarn" &&
    (exists(".yarnrc.yml") || Number.parseInt(pinned?.[2] ?? "", 10) > 1 || /^__metadata:/m.test(read(here, lockfile)));
  const kind = (isBerry ? "berry" : (programs[0] ?? "npm")) as keyof NodeWork["managers"];
  const { program } = work.managers[kind];

  function problems(): readonly string[] {
    const found: string[] = [];
    const where = work.directory === "." ? "the release" : work.directory;
    if (text === "") found.push(`There is no package.json in ${where}: nodeDirectory says where it is.`);
    else if (parsed === undefined) found.push("package.json is not JSON.");
    if (files.length === 0)
      found.push(
        `There is no lockfile in ${where} (${Object.keys(work.lockfiles).join(", ")}): without it each host installs something else.`,
      );
    if (programs.length > 1)
      found.push(`There are lockfiles of ${programs.join(" and ")}: ${files.join(", ")}. Remove all but the one that counts.`);
    else if (pinned !== undefined && files.length > 0 && pinned[1] !== programs[0])
      found.push(`${lineOf("packageManager")} says ${pinned[0]}, and ${lockfile} is a lockfile of ${programs[0]}.`);
    if (typeof work.build === "string" && !(work.build in scripts)) {
      const names = Object.keys(scripts).join(", ");
      found.push(`${lineOf("scripts")} has no ${JSON.stringify(work.build)}, which nodeBuild names. It has: ${names || "none"}.`);
    }
    const asked = recordOf(manifest["engines"])["node"];
    if (typeof asked === "string" && isIn(process.versions.node, asked) === false)
      found.push(`${lineOf("engines")} asks for node ${asked}, and here is ${process.versions.node} (${process.execPath}).`);
    if (files.length > 0 && !has(program) && (kind === "bun" || !has("corepack")))
      found.push(
        `${lockfile} is of ${program}, which is not installed${kind === "bun" ? "" : ", nor is corepack, which would get it"}.`,
      );
    if (fs.lstatSync(join(here, "node_modules"), { throwIfNoEntry: false })?.isSymbolicLink() === true)
      found.push("node_modules is a symbolic link in this revision: an install would change what is behind it.");
    return found;
  }

  const asked = recordOf(manifest["engines"])["node"];
  const hooks = ["preinstall", "install", "postinstall", "preprepare", "prepare", "postprepare"];
  return {
    here,
    manifest,
    kind,
    lockfile,
    /** The version of its program that it asks for. */
    wanted: pinned !== undefined && kind !== "bun" ? pinned[2] : undefined,
    lineOf,
    script: typeof work.build === "string" ? work.build : work.build && "build" in scripts ? "build" : undefined,
    /** Scripts that are a part of each install, in their order. */
    hooksOf: (one: Readonly<Record<string, unknown>>): readonly string[] =>
      hooks.filter((name) => name in recordOf(one["scripts"])),
    isWorkspace: "workspaces" in manifest || exists("pnpm-workspace.yaml"),
    remark:
      typeof asked === "string" && isIn(process.versions.node, asked) === undefined
        ? `${lineOf("engines")}: ${asked} is no range that is understood here.`
        : "",
    problems,
    exists,
    has,
    read,
    json,
  };
}
