/** Looks at the command lines of all processes of this machine, again and again, for texts that must be in none of them. */
import { spawn } from "node:child_process";

export interface CommandLineWatch {
  /** Command lines that held one of the texts, each once. */
  stop(): Promise<readonly string[]>;
}

/** Gets the texts on its input: in its own command line they would be found. */
const WATCHER = `
const { readdirSync, readFileSync } = require("node:fs");
const found = new Set();
let texts;
let left = "";
process.stdin.setEncoding("utf8").on("data", (chunk) => {
  left += chunk;
  if (texts !== undefined || !left.includes("\\n")) return;
  texts = JSON.parse(left.slice(0, left.indexOf("\\n")));
  look();
  process.stdout.write("ready\\n");
  setInterval(look, 1);
}).on("end", () => {
  look();
  process.stdout.write(JSON.stringify([...found]) + "\\n", () => process.exit());
});
function look() {
  for (const pid of readdirSync("/proc")) {
    if (!/^\\d+$/.test(pid)) continue;
    let line = "";
    try { line = readFileSync("/proc/" + pid + "/cmdline", "utf8"); } catch { continue; }
    if (texts.some((text) => line.includes(text))) found.add(line.replaceAll("\\0", " "));
  }
}
`;

/** Settles when it looks. */
export async function watchCommandLines(texts: readonly string[]): Promise<CommandLineWatch> {
  const child = spawn(process.execPath, ["-e", WATCHER], { stdio: ["pipe", "pipe", "inherit"] });
  let said = "";
  const heard = new Promise<void>((resolve) => {
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      said += chunk;
      if (said.includes("ready\n")) resolve();
    });
  });
  child.stdin.write(`${JSON.stringify(texts)}\n`);
  await heard;
  return {
    async stop() {
      const ended = new Promise((resolve) => child.once("close", resolve));
      child.stdin.end();
      await ended;
      return JSON.parse(said.slice("ready\n".length)) as string[];
    },
  };
}
