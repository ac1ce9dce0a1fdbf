import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { drawColumns } from "../../columns.ts";
import { toError, UsageError } from "../../errors.ts";
import type { VerbFunction } from "../argv/invocation.ts";
import { findPackageRoot } from "../package/version.ts";
import { type PackageSetup, type Project, readProject } from "../project.ts";
import { describeSettings, type KnownSettings } from "../template.ts";

/** Writes a deployfile with every setting in it. */
export const runInit: VerbFunction = async ({ options }, io) => {
  const language = options.yaml ? "yaml" : "ts";
  const there = readdirSync(io.cwd).find((name) => /^deployfile\.(?:[mc]?[jt]s|ya?ml|json)$/.test(name));
  if (there !== undefined) {
    throw new UsageError("DEPLOYFILE_EXISTS", `There is a ${there} here already: nothing was written.`, {
      hint: "Rename it first, or go to another folder.",
    });
  }
  const template = readFileSync(join(findPackageRoot(), "templates", `deployfile.${language}.template`), "utf8");
  const project = await readProject(io);
  const { isCommonJs = false, lacksTsconfig = false } = project.packages ?? {};
  const name = language === "ts" && isCommonJs ? "deployfile.mts" : `deployfile.${language}`;
  const settings = await describeSettings(language, toSettings(project));
  const { handles, build } = describeBuild(project.packages);
  const text = template
    .replace("{{settings}}", () => settings)
    .replace("{{handles}}", () => handles)
    .replace("{{build}}\n", () => build);
  const files = new Map([[name, text]]);
  if (language === "ts" && lacksTsconfig) files.set("tsconfig.json", tsconfigFor(name));
  for (const [file, content] of files) {
    try {
      writeFileSync(join(io.cwd, file), content, { flag: "wx" });
    } catch (error) {
      throw new UsageError("INIT_FAILED", `${file} cannot be written: ${toError(error).message}`, { cause: error });
    }
  }
  const { add, run = "fake" } = project.packages ?? {};
  io.stdout.write(`Wrote ${[...files.keys()].join(" and ")}. Next: fill in the settings and hosts at the top, then\n`);
  io.stdout.write(drawColumns(NEXT.map(([line, what]) => [`  ${run} ${line}`, `# ${what}`])));
  if (add !== undefined && language === "ts") io.stdout.write(`For its types in the editor: ${add}\n`);
  return 0;
};

/** For the deployfile and nothing else: what it needs, and what a project may want to make stricter. */
function tsconfigFor(deployfile: string): string {
  const compilerOptions = { target: "es2022", module: "nodenext", strict: true, skipLibCheck: true, noEmit: true };
  return `${JSON.stringify({ compilerOptions, include: [deployfile] }, undefined, 2)}\n`;
}

const NEXT = [
  ["doctor -R staging", "what is missing, and how to create it"],
  ["plan deploy -R staging", "what a deploy does"],
  ["-R staging deploy", "the first deploy"],
] as const;

function toSettings({ application, repoUrl, branch }: Project): KnownSettings {
  const quoted = (text: string | undefined): string | undefined => (text === undefined ? undefined : JSON.stringify(text));
  return { application: quoted(application), repoUrl: quoted(repoUrl), branch: quoted(branch) };
}

/** What makes a release of a project with packages ready: its commands are text, so a plan and a dry run show them. */
function describeBuild(packages: PackageSetup | undefined): { readonly handles: string; readonly build: string } {
  if (packages === undefined) return { handles: "finished", build: "" };
  const commands = [packages.install, ...(packages.build === undefined ? [] : [packages.build])];
  const what = packages.build === undefined ? "Install the packages" : "Install the packages and build";
  const lines = [
    "  // In the new release, on every host, before any of them goes live. Not on a rollback, which has it already.",
    `  const build = task("build", {`,
    `    desc: "${what}",`,
    `    commands: (t) => [${commands.map((command) => `t.within(t.env.releasePath).cmd\`${command}\``).join(", ")}],`,
    "  });",
    "  after(updated, build);",
    "",
  ];
  return { handles: "updated, finished", build: `${lines.join("\n")}\n` };
}
