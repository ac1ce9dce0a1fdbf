import { readFileSync, writeFileSync } from "node:fs";

const RESULTS = "bench/results.md";
const HEADINGS = ["Results", "Processes"] as const;

/** Writes one of the two parts of `bench/results.md` anew, with its heading in front, and leaves the other. */
export function writeResults(heading: (typeof HEADINGS)[number], text: string): void {
  const [first = "", second] = readFileSync(RESULTS, "utf8").split("\n# Processes\n");
  const parts = { Results: first, Processes: second && `# Processes\n${second}`, [heading]: text };
  const written = HEADINGS.flatMap((name) => parts[name]?.trimEnd() ?? []);
  writeFileSync(RESULTS, `${written.join("\n\n")}\n`);
}
