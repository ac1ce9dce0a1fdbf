/** A fenced block of a guide. */
export interface Block {
  /** First word after the fence. */
  readonly language: string;
  /** `title=` after it: the file that the block is. */
  readonly title: string | undefined;
  readonly text: string;
  /** Line of the fence, from 1. */
  readonly line: number;
}

/** A command of a `console` block with the output that the guide shows under it. */
export interface ConsoleCommand {
  readonly command: string;
  /** From a trailing `# exit N`. */
  readonly exitCode: number;
  /** Lines that must appear, in this order; `…` stands for anything. */
  readonly output: readonly string[];
  readonly line: number;
}

/** Fenced blocks of a markdown text, in order. */
export function parseBlocks(markdown: string): readonly Block[] {
  const blocks: Block[] = [];
  const lines = markdown.split("\n");
  for (let index = 0; index < lines.length; index++) {
    const fence = /^```(\w+)(?:\s+title=(\S+))?/.exec(lines[index] ?? "");
    if (fence === null) continue;
    const start = index + 1;
    do index++;
    while (index < lines.length && lines[index] !== "```");
    blocks.push({ language: fence[1] ?? "", title: fence[2], text: `${lines.slice(start, index).join("\n")}\n`, line: start });
  }
  return blocks;
}

/** Commands of a console block: lines after `$ `, each with the lines up to the next one. */
export function parseConsole(block: Block): readonly ConsoleCommand[] {
  const commands: { command: string; exitCode: number; output: string[]; line: number }[] = [];
  for (const [offset, line] of block.text.trimEnd().split("\n").entries()) {
    if (line.startsWith("$ ")) {
      const [, command = "", exit] = /^\$ (.*?)(?:\s+# exit (\d+))?$/.exec(line) ?? [];
      commands.push({ command, exitCode: Number(exit ?? 0), output: [], line: block.line + offset + 1 });
    } else if (line.trim() !== "") {
      commands.at(-1)?.output.push(line);
    }
  }
  return commands;
}

/** True when each expected line appears in the text, in order. */
export function showsInOrder(text: string, expected: readonly string[]): boolean {
  const lines = text.split("\n").map((line) => line.trimEnd());
  let from = 0;
  for (const line of expected) {
    const pattern = new RegExp(`^${line.trimEnd().split("…").map(escapePattern).join(".*")}$`);
    const found = lines.findIndex((candidate, index) => index >= from && pattern.test(candidate));
    if (found === -1) return false;
    from = found + 1;
  }
  return true;
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
