import { drawColumns } from "../../columns.ts";
import { ProblemsError } from "../../errors.ts";
import { createTargetEnv } from "../../prepare/target.ts";
import type { VerbFunction } from "../argv/invocation.ts";
import { argUsage, describeArgs } from "../help/describe-args.ts";
import { openApp } from "../open-app.ts";
import { sshConfigProblems } from "../ssh-config.ts";
import { eyes } from "../terminal/io.ts";

/** Lists tasks, with the arguments they take. */
export const runTaskList: VerbFunction = async (invocation, io) => {
  const { options } = invocation;
  const app = await openApp(invocation, io);
  const { sealed, problems, path } = app;
  // No values are given on its command line; what the deployfile says is what is looked at.
  const { env } = createTargetEnv(app, [], { set: [], dryRun: true });
  const wrong = [...problems, ...env.problems(), ...sshConfigProblems(options, io)];
  if (wrong.length > 0) throw new ProblemsError("DEPLOYFILE", wrong);
  const tasks = sealed.graph.tasks().filter((task) => task.options.hidden !== true);
  if (options.json) {
    const list = tasks.map(({ name, options: { desc, aliases, roles, once, local }, stages, where }) => ({
      name,
      desc,
      aliases,
      roles,
      once,
      local,
      stages,
      args: describeArgs(sealed.argsSchema(name)),
      where: where === undefined ? undefined : { file: where.file, line: where.line },
    }));
    io.stdout.write(`${JSON.stringify(list, null, 2)}\n`);
    return 0;
  }
  if (tasks.length === 0) {
    eyes(io).write(`${path} has no tasks.\n`);
    return 0;
  }
  // What people type first: names of their own; then those inside namespaces.
  const [plain, named] = [tasks.filter(({ name }) => !name.includes(":")), tasks.filter(({ name }) => name.includes(":"))];
  const rows = [...plain, ...named].map(({ name, options: { desc, aliases = [] } }) => {
    const args = argUsage(describeArgs(sealed.argsSchema(name)));
    const alias = aliases.length === 0 ? "" : ` (also ${aliases.join(", ")})`;
    return [[name, ...args].join(" "), `${desc ?? ""}${alias}`];
  });
  io.stdout.write(drawColumns(rows));
  return 0;
};
