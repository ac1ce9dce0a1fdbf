import { describe, expect, it } from "vitest";
import { createReporter, type ReporterName, reporterNames } from "../../src/report/pick.ts";
import { createClockwork } from "./clockwork.ts";
import { createTestScreen } from "./screen.ts";
import { eventKinds, readStream, streamNames } from "./streams.ts";

/** Snapshots of long streams show their beginning and end. */
const SHOWN = 60;

async function play(name: ReporterName, stream: string): Promise<string> {
  const screen = createTestScreen({ isTTY: true, columns: 100, rows: 24 });
  const { now, every, pass } = createClockwork();
  const reporter = await createReporter(name, { screen, stdout: screen, verbosity: 0, now, every });
  for (const event of readStream(stream)) {
    reporter.on(event);
    pass(10);
  }
  await reporter.end();
  const lines = screen.seen().map((line) => (line.length > 160 ? `${line.slice(0, 160)}… (${line.length})` : line));
  if (lines.length <= 2 * SHOWN) return `\n${lines.join("\n")}\n`;
  return `\n${[...lines.slice(0, SHOWN), `(… ${lines.length - 2 * SHOWN} lines)`, ...lines.slice(-SHOWN)].join("\n")}\n`;
}

describe.each(reporterNames)("the %s reporter", (name) => {
  it.each(streamNames)("shows the recorded stream %s", async (stream) => {
    expect(await play(name, stream)).toMatchSnapshot();
  });
});

it("has every kind of event in the recorded streams", () => {
  const seen = new Set(streamNames.flatMap((name) => readStream(name).map((event) => event.kind)));
  expect(eventKinds.filter((kind) => !seen.has(kind))).toEqual([]);
});
