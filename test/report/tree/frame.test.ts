/** What the screen promises, at each of these widths. */
import { describe, expect, it } from "vitest";
import { textWidth } from "../../../src/columns.ts";
import { describeInterruption } from "../../../src/report/interruption.ts";
import { createPaint } from "../../../src/report/paint.ts";
import { createPainter } from "../../../src/report/painter.ts";
import { Board } from "../../../src/report/tree/board.ts";
import { frameLines } from "../../../src/report/tree/frame.ts";
import { createTestScreen } from "../screen.ts";

const HOSTS = ["app1.example.com", "app2.example.com", "app3.example.com"];
const RELEASE = "/srv/www/applications/shop/releases/20261130135525";
const WIDTHS = [40, 80, 120];

/** A board on which a task runs on the hosts. */
function boardOf({ hosts = HOSTS, command = "npm ci", stage = "deploy:updated", tail = "", groups = false } = {}): Board {
  const board = new Board();
  board.title = "deploy";
  board.hosts = hosts.length;
  board.ahead = ["publishing", "finishing", "finished"].map((name) => ({ name: `deploy:${name}`, tasks: [name] }));
  const group = groups ? { number: 2, of: 13 } : undefined;
  board.openStage({ kind: "stageStarted", stage, hosts, tasks: [{ name: "build", hosts: hosts.length }], group }, 0);
  for (const [id, host] of hosts.entries()) {
    board.startTask({ kind: "taskStarted", task: "build", host, stage }, 0);
    board.startCommand({ kind: "commandStarted", task: "build", host, id, command, quiet: false }, 0);
    board.hearCommand({ kind: "commandOutput", task: "build", host, id, stream: "stdout", text: tail, quiet: false });
  }
  return board;
}

/** What a person sees of it. */
function seen(board: Board, columns: number, rows = 24): readonly string[] {
  const screen = createTestScreen({ isTTY: true, columns, rows });
  const options = { paint: createPaint(true), now: 65_000, tick: 0, rows: rows - 1, columns: columns - 1 };
  createPainter(screen).draw(frameLines(board, options));
  const lines = screen.seen();
  expect(lines.length).toBeLessThan(rows);
  for (const line of lines) expect(textWidth(line)).toBeLessThan(columns);
  return lines;
}

/** Lines as a sentence, wherever it was broken. */
const asOne = (lines: readonly string[]): string => lines.join(" ").replaceAll(/\s+/g, " ");

describe.each(WIDTHS)("a screen of %i columns", (columns) => {
  it.each([
    ["a command", "bundle exec rake"],
    ["a command in a release", `${RELEASE}/bin/migrate --all`],
    [
      "a command behind its directory and variables",
      `cd ${RELEASE} && export NODE_ENV=production RAILS_ENV=production && bin/migrate`,
    ],
    ["a script", `cd ${RELEASE} && (\nbin/migrate --all\nbin/seed\n)`],
    ["a command of another user", `sudo -u www -H -- sh -c 'cd ${RELEASE} && export NODE_ENV=production && bin/migrate'`],
  ])("shows %s on each host, however it is folded", (_what, command) => {
    const word = command.includes("rake") ? "bundle exec" : "bin/m";
    for (const hosts of [
      HOSTS.slice(0, 1),
      HOSTS,
      [...HOSTS, "app4.example.com"],
      ["a-host-of-a-long-name.internal.example.com"],
    ]) {
      const lines = seen(boardOf({ hosts, command }), columns);
      const rows = lines.filter((line) => line.includes(word));
      expect(rows.length, lines.join("\n")).toBe(hosts.length > 3 ? 1 : hosts.length);
      expect(rows.join()).not.toContain("/srv");
      expect(lines.filter((line) => line.includes("1m 05s")).length).toBeGreaterThan(rows.length);
    }
  });

  it("shows what a command printed with short paths", () => {
    const lines = seen(boardOf({ tail: `compiling ${RELEASE}/a.js\n` }), columns);
    expect(lines.filter((line) => line.startsWith("        compiling releases/20261130"))).toHaveLength(3);
  });

  it.each([
    ["one host", ["app1.example.com"], "connecting to app1.example.com"],
    ["one of a long name", ["a-host-of-a-long-name.example.com"], "connecting to a-host-of-a-long-name.example.com"],
    [
      "three",
      ["app1.example.com", "app2.example.com", "app3.example.com"],
      "connecting to app1.example.com, app2.example.com, app3.example.com",
    ],
    [
      "many",
      Array.from({ length: 40 }, (_, at) => `app${at}.example.com`),
      "connecting to app0.example.com, app1.example.com and 38 more",
    ],
  ] as const)("says who is connected to: %s", (_what, hosts, sentence) => {
    const board = boardOf();
    for (const host of hosts) board.connecting.add(host);
    expect(asOne(seen(board, columns))).toContain(sentence);
  });

  it.each(["deploy:finished", "a stage with a name that is as long as a sentence about it"])(
    "says which group of how many: %s",
    (stage) => {
      const board = boardOf({ stage, groups: true });
      const group = { number: 1, of: 13 };
      board.openStage({ kind: "stageStarted", stage: `${stage} before`, hosts: [], tasks: [], group }, 0);
      board.closeStage({ kind: "stageFinished", stage: `${stage} before`, ok: true, outcome: "ok", duration: 1 });
      const lines = seen(board, columns);
      expect(lines.filter((line) => /^✔ .*, group 1 of 13 <0\.1s$/.test(line))).toHaveLength(1);
      expect(lines.filter((line) => /^⠋ .*, group 2 of 13 1m 05s$/.test(line))).toHaveLength(1);
    },
  );

  it.each([1, 2, 3])("says all of what interruption %i does", (count) => {
    const board = boardOf({ hosts: Array.from({ length: 40 }, (_, at) => `app${at}.example.com`) });
    board.interrupted = describeInterruption("SIGINT", count);
    expect(asOne(seen(board, columns))).toContain(board.interrupted);
    expect(asOne(seen(board, columns, 8))).toContain(board.interrupted);
  });

  it("names what comes then, or how much", () => {
    const then = seen(boardOf(), columns).at(-1);
    expect(then).toBe(
      columns === 40 ? "  then deploy:publishing and 2 more" : "  then deploy:publishing, deploy:finishing, deploy:finished",
    );
  });

  it("measures characters of two columns as two", () => {
    const lines = seen(boardOf({ command: `echo ${"部署".repeat(80)}`, tail: "署".repeat(200) }), columns);
    expect(lines.filter((line) => line.includes("echo 部"))).toHaveLength(3);
  });
});

describe("a screen that is very small", () => {
  it.each([
    [20, 8],
    [20, 24],
    [10, 4],
    [2, 2],
  ])("of %i columns and %i rows is not written over its edges", (columns, rows) => {
    const board = boardOf({ groups: true, command: `cd ${RELEASE} && bin/migrate`, tail: "部署部署部署部署部署" });
    board.connecting.add("app4.example.com");
    board.lost.add("app5.example.com");
    seen(board, columns, rows);
    board.interrupted = describeInterruption("SIGINT", 1);
    const lines = seen(board, columns, rows);
    if (columns >= 20 && rows >= 24) expect(asOne(lines)).toContain(board.interrupted);
    board.over = true;
    seen(board, columns, rows);
  });

  it("of 20 columns and 8 rows says what ctrl-C does", () => {
    const board = boardOf();
    board.interrupted = describeInterruption("SIGINT", 1);
    expect(asOne(seen(board, 20, 8))).toContain(board.interrupted);
  });
});
