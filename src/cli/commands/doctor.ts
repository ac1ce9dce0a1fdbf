import { neutralise } from "../../command/neutralise.ts";
import type { Finding } from "../../dsl/verb.ts";
import { FakeError, ProblemsError } from "../../errors.ts";
import type { LoadedApp } from "../../execution/load-app.ts";
import { createTargetEnv, loadInventory, selectTarget } from "../../prepare/target.ts";
import { createPaint } from "../../report/paint.ts";
import type { VerbFunction } from "../argv/invocation.ts";
import type { Options } from "../argv/options.ts";
import { fail, ok, toFinding, warn } from "../doctor/finding.ts";
import { checkHosts } from "../doctor/hosts.ts";
import { checkMachine, type WayToHosts } from "../doctor/machine.ts";
import { openApp } from "../open-app.ts";
import { describeProblem } from "../print-problems.ts";
import { settingSshConfig, withSshConfig } from "../ssh-config.ts";
import { doWork } from "../terminal/work-list.ts";

/** Says what is wrong with this machine, the deployfile and the hosts, and what to do about it. */
export const runDoctor: VerbFunction = async (invocation, io) => {
  const { options } = invocation;
  const findings: Finding[] = [];
  const tell = (more: readonly Finding[]): void => {
    findings.push(...more);
    for (const finding of more) io.stdout.write(draw(finding, io.stdout.color));
  };
  const read: { app?: LoadedApp } = {};
  const reading = orFailed(async () => {
    read.app = await openApp(invocation, io);
    return [ok(`deployfile: ${read.app.path}`), ...(await checkSettings(read.app, options))];
  });
  const wayToHosts = async (): Promise<WayToHosts> => {
    await reading;
    return read.app === undefined ? { isOfSsh: false } : await findWay(read.app, options);
  };
  const works = [
    { title: "This machine", run: async () => checkMachine(options, io, await wayToHosts()) },
    { title: "The deployfile and its settings", run: () => reading },
  ];
  for (const more of await doWork(works, io.stdout)) tell(more);
  const isAsked = options.roles.length > 0 || options.hosts.length > 0 || options.where.length > 0 || options.all;
  const { app } = read;
  // Problems of the deployfile itself were told already.
  if (app !== undefined && app.problems.length === 0 && isAsked) {
    const checkSelected = async () => {
      const target = await selectTarget(app, { ...options, redactor: io.redactor });
      return await checkHosts(await withSshConfig(options, io, app, target), target, app.sealed.checks, io);
    };
    tell(await orFailed(checkSelected));
  }
  const failed = findings.filter(({ status }) => status === "fail").length;
  io.stdout.write(failed === 0 ? "\nAll is well.\n" : `\n${failed} ${failed === 1 ? "thing" : "things"} to put right.\n`);
  return failed === 0 ? 0 : 1;
};

async function checkSettings(app: LoadedApp, options: Options): Promise<readonly Finding[]> {
  const { env } = createTargetEnv(app, [], options);
  const problems = [...app.problems, ...env.problems()].map(toFinding);
  const inventory = await orFailed(async () => {
    const { hosts, roles } = await loadInventory(app, options);
    const count = [counted(app.sealed.graph.tasks(), "task"), counted(roles, "role"), counted(hosts, "host")].join(", ");
    return problems.length > 0 ? [] : [ok(`${count}, settings without problems`)];
  });
  const odd = app.sealed.warnings().map((problem) => warn(describeProblem(problem), problem.hint ?? ""));
  return [...problems, ...odd, ...inventory];
}

/** What the deployfile says of how hosts are reached. */
async function findWay(app: LoadedApp, options: Options): Promise<WayToHosts> {
  try {
    const all = { ...options, all: options.roles.length === 0 && options.hosts.length === 0 };
    const { hosts, env } = await selectTarget(app, all);
    const transports = await Promise.all(
      hosts.map(async ({ host }) => {
        const { reader } = env.forHost(host.id);
        return host.transport ?? (reader.has("transport") ? await reader.get("transport") : "ssh");
      }),
    );
    return {
      isOfSsh: transports.includes("openssh") && !transports.includes("ssh"),
      sshConfig: await settingSshConfig(app.path, env),
    };
  } catch (error) {
    // It is told where the deployfile is looked at, or the hosts are.
    if (error instanceof FakeError) return { isOfSsh: false };
    throw error;
  }
}

async function orFailed(work: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProblemsError) return error.problems.map(toFinding);
    if (error instanceof FakeError) return [fail(error.message, error.hint)];
    throw error;
  }
}

function counted(things: readonly unknown[], name: string): string {
  return `${things.length} ${name}${things.length === 1 ? "" : "s"}`;
}

const COLORS = { ok: "green", warn: "yellow", fail: "red" } as const;

function draw({ status, what, todo }: Finding, color: boolean): string {
  const label = createPaint(color)[COLORS[status]](status.padEnd(4));
  const rows = neutralise(what).replaceAll("\n", "\n      ");
  return `${label}  ${rows}\n${todo === undefined ? "" : `      ${neutralise(todo).replaceAll("\n", "\n      ")}\n`}`;
}
