/** Lets reporters tell of a run that was played, and reads all that they say of it. */
import { createPlainReporter } from "../../../src/report/plain.ts";
import { createTreeReporter } from "../../../src/report/tree/tree.ts";
import { createClockwork } from "../clockwork.ts";
import { createTestScreen } from "../screen.ts";
import { dryRunForms } from "./dry-run-forms.ts";
import { check, Oracle } from "./oracle.ts";
import { plainForms } from "./plain-forms.ts";
import type { Reader, Witness } from "./reading.ts";
import { Scene, TICK_MS } from "./scene.ts";
import { summaryForms } from "./summary-forms.ts";
import { aboveForms, doneStages, ROOMY, treeForms } from "./tree-forms.ts";
import type { Played } from "./worlds.ts";

export function checkOrder(played: Played): void {
  const oracle = new Oracle();
  for (const event of played.events) oracle.hear(event);
  check(oracle.over, "the run has not finished");
  for (const { host, status } of played.result.hosts) {
    if (host === "local") continue;
    const right = oracle.statusOf(host, played);
    check(status === right, `${host} is ${right}, not ${status}`);
  }
}

/** What would be done is told once for all hosts that would do the same. */
export function readDryRun(played: Played, reader: Reader): void {
  if (!played.world.dryRun) return;
  const { witness, hear } = witnessOf(played, "dry run");
  const screen = createTestScreen();
  const reporter = createPlainReporter({ screen, verbosity: 0 });
  let read = 0;
  for (const event of played.events) {
    hear(event);
    reporter.on(event);
    const lines = screen.seen().slice(read);
    read += lines.length;
    const end =
      event.kind === "runFinished"
        ? lines.lastIndexOf(
            "",
            lines.findLastIndex((line) => /^[✔✖■] /.test(line)),
          )
        : lines.length;
    for (const line of lines.slice(0, end)) reader.read(dryRunForms, line, witness);
    for (const line of lines.slice(end)) reader.read(summaryForms, line, witness);
  }
}

function witnessOf(played: Played, shows: Witness["shows"]) {
  const [oracle, scene] = [new Oracle(), new Scene()];
  const above = { task: "", hosts: [] };
  const [first] = played.events;
  check(first !== undefined, "nothing happened");
  const witness = { played, oracle, scene, event: first, shows, above };
  return {
    witness,
    hear(event: Witness["event"]): void {
      witness.event = event;
      oracle.hear(event);
      scene.hear(event);
    },
  };
}

/** What has to be said in words. */
const SPOKEN: ReadonlySet<string> = new Set(
  "runStarted hostConnected hostLost stageStarted stageFinished taskFinished changed interrupted runFinished".split(" "),
);

/** Line by line, with each event. */
export function readPlain(played: Played, reader: Reader): void {
  if (played.world.dryRun) return;
  const { witness, hear } = witnessOf(played, "plain");
  const screen = createTestScreen();
  const reporter = createPlainReporter({ screen, verbosity: 0 });
  let read = 0;
  for (const event of played.events) {
    if (event.kind === "prompt") continue;
    hear(event);
    reporter.on(event);
    const lines = screen.seen().slice(read);
    read += lines.length;
    check(lines.length > 0 || !SPOKEN.has(event.kind), `nothing is said of ${event.kind}`);
    for (const line of lines) reader.read(event.kind === "runFinished" ? summaryForms : plainForms, line, witness);
  }
}

/** The picture after each event, what stands above it, and the summary below the last one. */
export async function readTree(played: Played, reader: Reader): Promise<void> {
  if (played.world.dryRun) return;
  const { witness, hear } = witnessOf(played, "tree");
  const screen = createTestScreen({ isTTY: true, columns: 300, rows: played.world.rows });
  const { now, every, pass } = createClockwork();
  const reporter = createTreeReporter({ screen, verbosity: 0, now, every });
  let read = 0;
  const readPicture = (lines: readonly string[]): void => {
    const top = lines.findLastIndex((line) => treeForms["header"]?.words.test(line));
    if (top === -1) return;
    for (const line of lines.slice(read, top)) reader.read(aboveForms, line, witness);
    read = top;
    const forms = lines.slice(top).map((line) => reader.read(treeForms, line, witness));
    const done = forms.filter((form) => form === "stageDone").length;
    if (played.world.rows >= ROOMY) check(done === doneStages(witness).length, `${done} stages are shown as done`);
  };
  for (const [index, event] of played.events.entries()) {
    hear(event);
    reporter.on(event);
    // Not after each: where a picture falls is different in each run.
    if (event.kind === "runFinished" || (index + played.events.length) % 3 > 0) continue;
    pass(TICK_MS);
    witness.scene.pass();
    readPicture(screen.seen());
  }
  await reporter.end();
  const lines = screen.seen();
  const bottom = lines.lastIndexOf(
    "",
    lines.findIndex((line) => /^[✔✖■] (Done in|Failed after|Interrupted by) /.test(line)),
  );
  readPicture(lines.slice(0, bottom));
  for (const line of lines.slice(bottom)) reader.read(summaryForms, line, witness);
}
