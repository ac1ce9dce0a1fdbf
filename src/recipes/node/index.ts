import {
  type Command,
  type CommandBodyContext,
  type CommandResult,
  FakeError,
  type Finding,
  ProblemsError,
  type Recipe,
  type Script,
  script,
  sh,
  type TaskContext,
  type TaskHandle,
} from "../../index.ts";
import { buildHere, isBuiltHere, type NodeEnvironment, sendCommand } from "./build-here.ts";
import { FIND_NODE } from "./find-node.ts";
import { PROGRAM } from "./host/program.ts";
import type { NodeWork } from "./host/work.ts";
import { LOCKFILES, MANAGERS } from "./managers.ts";
import { declared, findConflicts } from "./settings.ts";

export type { NodeSettings } from "./settings.ts";

/** The tasks of the recipe, to hook on. */
export interface NodeHandles {
  readonly check: TaskHandle;
  readonly install: TaskHandle;
  /** On the host, or what is sent from here. */
  readonly build: TaskHandle;
}

/**
 * Makes a release of a Node project ready to run: finds node, installs what the lockfile says with npm, pnpm, yarn or bun, and runs the script
 * that builds. Where neither lockfile nor node nor platform changed, node_modules comes from the release that is live, and nothing is installed.
 * @returns its tasks
 * @example
 * use(deploy());
 * const { build } = use(node());
 * env.set({ nodeVersion: "22", nodeBuild: "build:production" });
 * after(build, task("assets", { commands: (t) => [t.within(t.env.releasePath).cmd`gzip -rk dist`] }));
 */
export function node(): Recipe<NodeHandles> {
  return (app) => {
    app.settings(declared);
    const check = app.task("node:check", {
      desc: "Look whether the host has node",
      readOnly: true,
      commands(t) {
        if (t.flow === "rollback") return [];
        refuseConflicts(t.env);
        return [checkCommand(t)];
      },
      explain: (t, { stdout }) => problemsError(t, stdout),
    });
    const install = app.task("node:install", {
      desc: "Install packages, or take node_modules over where nothing changed",
      commands: (t) => [workCommand(t, "install")],
      receive: tell,
      sendAhead: true,
      states: [],
      explain: (t, result) => problemsError(t, result.stdout) ?? failure(t, result),
    });
    const build = app.task("node:build", {
      desc: "Build, where package.json has a script for it",
      commands: (t) => [isBuiltHere(t.env) ? sendCommand(t) : workCommand(t, "build")],
      receive: tell,
      sendAhead: true,
      states: [],
      explain: failure,
    });
    app.doctor({
      requires: ["deployPath"],
      command: checkCommand,
      judge: ({ host }, { stdout }): readonly Finding[] => {
        const what = (text: string): string => `${host.id}: ${text}`;
        const found = tagged(stdout, "found").map((text): Finding => ({ status: "ok", what: what(text) }));
        const lacking = tagged(stdout, "problem").map(
          (text): Finding => ({ status: "fail", what: what(text), todo: INSTALL_NODE }),
        );
        return [...found, ...lacking];
      },
    });
    const buildHereTask = app.task(
      "node:build-here",
      { desc: "Build on this machine, if nodeBuildHere is set", local: true, readOnly: true },
      (t) => (t.dryRun ? undefined : buildHere(t)),
    );
    app.after("deploy:prepare-source", buildHereTask);
    app.after("deploy:check", check);
    // In the stage, and before modes are set: so it travels with it, and what hangs on `deploy:updated` finds a release that is built.
    app.after("deploy:symlink:linked-dirs", install);
    app.after(install, build);
    return { check, install, build };
  };
}

const INSTALL_NODE = "Install it there, by the distribution or a version manager; nodeVersion says which one is wanted.";

/** Before anything is sent. */
function refuseConflicts(env: NodeEnvironment): void {
  const problems = findConflicts(env).map((message) => ({ message: `${message}.`, subject: "nodeModulesBy" }));
  if (problems.length > 0) throw new ProblemsError("NODE_MODULES_SHARED", problems);
}

function checkCommand(t: CommandBodyContext): Command {
  const text = sh`
    ${FIND_NODE}
    find_node /dev/null ${t.env.nodeVersion} || { printf 'fake-node problem %s\n' "$error"; exit 1; }
    case $runtime$($runtime --version) in
    nodev[0-9].*|nodev1[0-5].*) printf 'fake-node problem node is %s, and has to be 16 or newer.\n' "$(node --version)"; exit 1 ;;
    esac
    printf 'fake-node found %s %s (%s)\n' "$runtime" "$($runtime --version)" "$(command -v $runtime)"
  `;
  return t.cmd({ title: "look for node", quiet: "output", contained: true, ifLost: "repeat", keepText: true })(text);
}

function workCommand(t: CommandBodyContext, step: NodeWork["step"]): Command {
  const { env } = t;
  const work: NodeWork = {
    step,
    release: env.releasePath,
    directory: env.nodeDirectory,
    current: env.currentPath,
    by: env.nodeModulesBy,
    build: isBuiltHere(env) ? false : env.nodeBuild,
    dev: env.nodeDevDependencies,
    nodeEnv: env.nodeEnv,
    cache: env.nodeCache,
    managers: MANAGERS,
    lockfiles: LOCKFILES,
  };
  const title = step === "install" ? "install packages" : "build";
  return t.cmd({ title, keepText: true })(sh`
    ${FIND_NODE}
    find_node ${`${env.releasePath}/${env.nodeDirectory}`} ${env.nodeVersion} || { printf 'fake-node problem %s\n' "$error"; exit 3; }
    ${run(work)}
  `);
}

function run(work: NodeWork): Script {
  return script(sh`FAKE_NODE_WORK=${JSON.stringify(work)} exec $runtime -e ${PROGRAM}`);
}

function tagged(output: string, tag: string): readonly string[] {
  const start = `fake-node ${tag} `;
  return output.split("\n").flatMap((line) => (line.startsWith(start) ? [line.slice(start.length)] : []));
}

function tell(t: TaskContext, results: readonly CommandResult[]): void {
  for (const { stdout } of results) {
    for (const note of tagged(stdout, "note")) t.log.info(note);
    for (const remark of tagged(stdout, "remark")) t.log.warn(remark);
  }
}

/** What is wrong with a host or a project, all at once. */
function problemsError(t: CommandBodyContext, stdout: string): FakeError | undefined {
  const problems = tagged(stdout, "problem");
  const [first = ""] = problems;
  if (problems.length === 0) return undefined;
  const more = problems.length === 1 ? "" : ` (and ${problems.length - 1} more)`;
  const isHost = /^node .* is not installed|^node is /.test(first);
  return new FakeError("NODE_PROJECT", `${t.host.id} cannot make this release ready:\n${problems.join("\n")}`, {
    shortMessage: `${first}${more}`,
    hint: isHost ? INSTALL_NODE : "Nothing was published. Commit what is missing, and deploy again.",
  });
}

/** Most that is repeated of what a program has printed. */
const TAIL = 20;

function failure(t: CommandBodyContext, { stdout, stderr }: CommandResult): FakeError | undefined {
  const failed = tagged(stdout, "failed").at(-1);
  if (failed === undefined) return undefined;
  const lines = `${stdout}\n${stderr}`.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("fake-node "));
  return new FakeError("NODE_FAILED", `${t.host.id}: ${failed}\n${lines.slice(-TAIL).join("\n")}`, {
    shortMessage: failed,
    hint: adviceFor(lines.join("\n")),
  });
}

function adviceFor(output: string): string | undefined {
  if (/EACCES|permission denied/i.test(output))
    return 'Files of node_modules that the live release has, too, cannot be written into. With nodeModulesBy: "copy" a release has its own.';
  if (/\bE40[13]\b|\b40[13] (?:Unauthorized|Forbidden)/.test(output))
    return "The registry wants to know who asks: link an .npmrc (linkedFiles), or set the variable that it names (environment, a secret).";
  if (/EUSAGE|ERR_PNPM_OUTDATED_LOCKFILE|frozen|YN0028/.test(output))
    return "package.json and the lockfile do not go together: install on your machine, and commit the lockfile.";
  return undefined;
}
