import type { VerbOutcome } from "../../dsl/verb.ts";
import type { RunTarget } from "../../prepare/target.ts";
import type { Options } from "../argv/options.ts";
import { execCommand } from "../run-on-each.ts";
import type { CliIo } from "../terminal/io.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";

/** What the deploy flow calls on a host. */
const TOOLS = ["git", "tar", "gzip", "mktemp"];
const NEEDED = ["git", "tar"];

/** Connects to each host and looks for tools there. Changes nothing. */
export async function checkHosts(options: Options, target: RunTarget, io: CliIo): Promise<readonly Finding[]> {
  const script = `for tool in ${TOOLS.join(" ")}; do command -v "$tool" >/dev/null 2>&1 && echo "$tool"; done; uname -sr 2>/dev/null || echo "an unknown system"`;
  const { outcomes } = await execCommand((t) => t.cmd({ timeout: "30s" })(script), target, options, io);
  return outcomes.flatMap(judge);
}

function judge(outcome: VerbOutcome): readonly Finding[] {
  const { host, status, stdout } = outcome;
  if (status === "unreachable") {
    const [what, ...more] = (outcome.error ?? "no connection").split("\n");
    return [fail(`${host}: ${what}`, more.join("\n") || undefined)];
  }
  if (status !== "ok") {
    const todo = outcome.stderr.trim() || "Look at the login shell of the user there.";
    return [fail(`${host}: connected, but a command ended with: ${status}`, todo)];
  }
  const lines = stdout.trim().split("\n");
  const missing = TOOLS.filter((tool) => !lines.includes(tool));
  const needed = missing.filter((tool) => NEEDED.includes(tool));
  const connected = ok(`${host}: connected, ${lines.at(-1)}`);
  if (missing.length === 0) return [connected];
  const what = `${host}: there is no ${missing.join(", no ")}`;
  if (needed.length > 0) return [connected, fail(what, `Install ${needed.join(" and ")} on ${host}.`)];
  return [connected, warn(what, `Install ${missing.join(" and ")} on ${host}.`)];
}
