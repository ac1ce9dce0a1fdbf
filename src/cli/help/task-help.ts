import { drawColumns } from "../../columns.ts";
import { ProblemsError } from "../../errors.ts";
import type { LoadedApp } from "../../execution/load-app.ts";
import { argUsage, describeArgs } from "./describe-args.ts";

/** Help on one task: what it takes. @throws DeployfileError, ProblemsError, UsageError for a task that is not there */
export function taskHelp(word: string, { sealed, problems }: LoadedApp): string {
  if (problems.length > 0) throw new ProblemsError("DEPLOYFILE", problems);
  const { name, options } = sealed.graph.get(word);
  const args = describeArgs(sealed.argsSchema(name));
  const parts = [`fake [options] ${[name, ...argUsage(args)].join(" ")}\n`];
  if (options.desc !== undefined) parts.push(`${options.desc}\n`);
  if ((options.aliases ?? []).length > 0) parts.push(`Also: ${options.aliases?.join(", ")}\n`);
  if (args.length > 0) {
    const rows = args.map((arg) => [`  ${arg.name}`, `${arg.desc ?? ""}${arg.required ? " (required)" : ""}`]);
    parts.push(`Arguments:\n${drawColumns(rows)}`);
  }
  parts.push(`See also: fake graph ${name}, fake plan ${name}, and \`fake --help\` for the options.\n`);
  return parts.join("\n");
}
