/** The guide has a line for every member of `t`, as its types say it. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const sources = ["src/runner/context.ts", "src/runner/shell.ts", "src/runner/task-fleet.ts", "src/command/builder.ts"]
  .map((path) => readFileSync(join(root, path), "utf8"))
  .join("\n");

/** Members of an interface, each as one line of its source without comments. */
function membersOf(name: string): readonly string[] {
  const body = new RegExp(`export interface ${name}(?:<[^{]*>)?(?: extends [^{]*)? \\{\\n([\\s\\S]*?)\\n\\}`).exec(sources)?.[1];
  if (body === undefined) throw new Error(`there is no interface ${name}`);
  const code = body.replace(/\/\*\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  return code
    .split(/;\n|;$/)
    .map((member) =>
      member
        .replace(/\s+/g, " ")
        .replace(/\(\s/g, "(")
        .replace(/,?\s\)/g, ")")
        .replace(/^ ?(?:readonly )?/, "")
        .trim(),
    )
    .filter((member) => member !== "");
}

/** The members of a member, under its name. */
const under = (prefix: string, name: string): readonly string[] => membersOf(name).map((member) => `${prefix}.${member}`);

function signatures(): string {
  const parts: readonly (readonly [title: string, members: readonly string[]])[] = [
    ["Commands and files; `t.local` has the same for this machine", membersOf("Shell")],
    ["Wrappers: each gives a new context", membersOf("CommandBuilder")],
    ["Where and with what", membersOf("CommandBodyContext")],
    ["The run", membersOf("TaskContext")],
    ["t.fleet: `t.fleet.within` and the other wrappers as above", under("fleet", "TaskFleet")],
    ["t.log", under("log", "Logger")],
    ["t.ui", under("ui", "Ui")],
  ];
  return parts.map(([title, members]) => [`// ${title}`, ...members].join("\n")).join("\n\n");
}

it("the guide lists the signature of every member of t", () => {
  const guide = readFileSync(join(root, "docs/tasks-and-hooks.md"), "utf8");
  const [, block] = /<!-- signatures -->\n```text\n([\s\S]*?)\n```\n<!-- \/signatures -->/.exec(guide) ?? [];
  // What is expected is what to put there.
  expect(block).toBe(signatures());
});
