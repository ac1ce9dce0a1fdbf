import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { drawColumns } from "../../columns.ts";
import { toError, UsageError } from "../../errors.ts";
import type { VerbFunction } from "../argv/invocation.ts";
import { chooseOffers, type Offer, readOffers } from "../init/offers.ts";
import { type PackageSetup, type Project, readProject } from "../init/project.ts";
import { describeSettings, type KnownSettings } from "../init/template.ts";
import { findPackageRoot } from "../package/version.ts";
import { type CliIo, isInteractive } from "../terminal/io.ts";
import { createPrompter } from "../terminal/prompter.ts";

/** Writes a deployfile with every setting in it, and the recipes that fit the project. */
export const runInit: VerbFunction = async ({ options }, io) => {
  const language = options.yaml ? "yaml" : "ts";
  const there = readdirSync(io.cwd).find((name) => /^deployfile\.(?:[mc]?[jt]s|ya?ml|json)$/.test(name));
  if (there !== undefined) {
    throw new UsageError("DEPLOYFILE_EXISTS", `There is a ${there} here already: nothing was written.`, {
      hint: "Rename it first, or go to another folder.",
    });
  }
  const templates = join(findPackageRoot(), "templates");
  const template = readFileSync(join(templates, `deployfile.${language}.template`), "utf8");
  const chosen = await chooseOffers(readOffers(join(templates, "recipes")), {
    folder: io.cwd,
    named: options.with.length === 0 ? undefined : options.with,
    prompter: isInteractive(io) && !options.nonInteractive ? askHere(io) : undefined,
  });
  const project = await readProject(io);
  const { isCommonJs = false, lacksTsconfig = false } = project.packages ?? {};
  const name = language === "ts" && isCommonJs ? "deployfile.mts" : `deployfile.${language}`;
  const { blocks, ...recipes } = describeRecipes(chosen);
  const { work, ...words } = describeWork(chosen, project.packages);
  const settings = await describeSettings(language, toSettings(project));
  const body = [...blocks, ...work].map((block) => `\n${block}`).join("\n");
  const text = fillIn(template, { ...recipes, ...words, settings, body });
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

/** Replaces `{{name}}` by its part; a line that holds nothing else goes where the part is empty. */
export function fillIn(template: string, parts: Readonly<Record<string, string>>): string {
  return template.replace(/^\{\{(\w+)\}\}\n|\{\{(\w+)\}\}/gm, (_, line?: string, word = "") => {
    const part = parts[line ?? word] ?? "";
    return line === undefined || part === "" ? part : `${part}\n`;
  });
}

function askHere(io: CliIo) {
  const { stdin, stderr: screen, redactor } = io;
  return createPrompter({ stdin, screen, redactor, interactive: true, onInterrupt: () => undefined });
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

/** The recipes beside `deploy`: how they are imported and used, and what is to be set for them. */
function describeRecipes(chosen: readonly Offer[]) {
  const functionOf = (name: string): string => name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  const blocks = chosen.map(({ what, code }) => `  // ${what.charAt(0).toUpperCase()}${what.slice(1)}.\n${code.trimEnd()}`);
  return {
    imports: chosen.map(({ name }) => `import { ${functionOf(name)} } from "fake-deploy/recipes/${name}";`).join("\n"),
    blocks,
    used: ["deploy", ...chosen.map(({ name }) => name)].join(", "),
    recipeSettings: chosen
      .map(({ yaml }) => yaml.trimEnd())
      .filter((yaml) => yaml !== "")
      .join("\n"),
  };
}

/** What the recipes leave to do: to make a release of a project with packages ready, and to restart it. Commands are text, so a plan shows them. */
function describeWork(chosen: readonly Offer[], packages: PackageSetup | undefined) {
  const builds = packages !== undefined && !chosen.some(({ builds }) => builds);
  const restarts = !chosen.some(({ restarts }) => restarts);
  const handles = [...(builds ? ["updated"] : []), ...(restarts ? ["finished"] : [])].join(", ");
  return {
    members: builds || restarts ? "env, role, task, after, use" : "env, role, use",
    deployed: handles === "" ? "" : `const { ${handles} } = `,
    work: [...(builds ? [describeBuild(packages)] : []), ...(restarts ? [RESTART] : [])],
  };
}

const RESTART = `  // What restarts your application goes here.
  const restart = task("restart", "Restart the application", async ({ run, env }) => {
    await run\`echo restarting \${env.application}\`;
  });
  after(finished, restart);`;

function describeBuild(packages: PackageSetup): string {
  const commands = [packages.install, ...(packages.build === undefined ? [] : [packages.build])];
  const what = packages.build === undefined ? "Install the packages" : "Install the packages and build";
  const lines = [
    "  // In the new release, on every host, before any of them goes live. Not on a rollback, which has it already.",
    `  const build = task("build", {`,
    `    desc: "${what}",`,
    `    commands: (t) => [${commands.map((command) => `t.within(t.env.releasePath).cmd\`${command}\``).join(", ")}],`,
    "  });",
    "  after(updated, build);",
  ];
  return lines.join("\n");
}
