import { describe, expect, it } from "vitest";
import { summaryLines } from "../../src/report/summary.ts";
import type { EventError, Failure, HostResult, RunResult } from "../../src/runner/result.ts";
import { errorOf } from "./simulate.ts";

const host = (name: string, more: Partial<HostResult> = {}): HostResult => ({
  host: name,
  status: "ok",
  changed: [],
  standing: undefined,
  ...more,
});
const failure = (name: string, error: EventError, task = "build"): Failure => ({
  phase: "task",
  host: name,
  task,
  stage: task,
  flow: undefined,
  error,
});

function summary(result: Partial<RunResult>, notShown?: string, columns?: number): readonly string[] {
  const whole: RunResult = {
    ok: true,
    exitCode: 0,
    hosts: [],
    failures: [],
    duration: 12_000,
    interrupted: undefined,
    dryRun: false,
    ...result,
  };
  return summaryLines(whole, { color: false, isTTY: columns !== undefined, columns: columns ?? 0 }, notShown).slice(1);
}

describe("the summary", () => {
  it("says how it went, in one line when there is nothing more to say", () => {
    expect(summary({ hosts: [host("a"), host("b")] })).toEqual(["✔ Done in 12s: 2 hosts ok"]);
    expect(summary({})).toEqual(["✔ Done in 12s"]);
    expect(summary({ hosts: [host("a")], dryRun: true })).toEqual(["✔ Dry run: nothing was sent"]);
    expect(summary({ hosts: [host("a")], ok: false })).toEqual(["✖ Failed after 12s, on this machine"]);
  });

  it("names the line that a failure is about, and keeps failures of two lines apart", () => {
    const error = { ...errorOf("npm ci", 1, ""), hint: "Look there.", where: "lib/helper.ts:6" };
    const failures = [failure("a", error), failure("b", { ...error, where: "deployfile.ts:7" })];
    const lines = summary({ ok: false, hosts: [host("a", { status: "failed" }), host("b", { status: "failed" })], failures });
    expect(lines.filter((line) => /exit code|Look/.test(line))).toEqual([
      "    exit code 1 (lib/helper.ts:6)",
      "    Look there.",
      "    exit code 1 (deployfile.ts:7)",
      "    Look there.",
    ]);
  });

  it("names the machine that a command failed on, where that is not the task's", () => {
    const error = errorOf("git fetch", 127, "");
    const onHost = summary({ ok: false, hosts: [host("a")], failures: [failure("local", { ...error, commandHost: "a" })] });
    expect(onHost[0]).toBe("✖ Failed after 12s");
    expect(onHost).toContain("    exit code 127 on a");
    const here = summary({
      ok: false,
      hosts: [host("a", { status: "failed" })],
      failures: [failure("a", { ...error, commandHost: "local" })],
    });
    expect(here).toContain("    exit code 127 on this machine");
  });

  it("folds what is the same on several hosts", () => {
    const live = { changed: ["current -> 2"], standing: "live: 2" };
    expect(summary({ hosts: [host("a", live), host("b", live)] })).toEqual([
      "✔ Done in 12s: 2 hosts ok",
      "  changed: current -> 2 (both hosts)",
      "  live: 2 (both hosts)",
    ]);
    const hosts = ["a", "b", "c", "d", "e"].map((name) => host(name, name === "e" ? { standing: "live: 1" } : live));
    expect(summary({ hosts })).toEqual([
      "✔ Done in 12s: 5 hosts ok",
      "  changed: current -> 2 (4 hosts)",
      "  live: 2 (4 hosts)",
      "  live: 1 (e)",
    ]);
  });

  it("says that what it knows of a lost host is what was last heard", () => {
    const hosts = [
      host("a", { status: "unknown", standing: "live: 1" }),
      host("b", { status: "unreachable", standing: "live: 1" }),
      host("c", { status: "failed", standing: "live: 1" }),
    ];
    expect(summary({ ok: false, hosts }).slice(-2)).toEqual(["  when it was last heard of, live: 1 (a, b)", "  live: 1 (c)"]);
  });

  it("names the hosts that are not ok", () => {
    const hosts = [
      host("a"),
      host("b", { status: "failed" }),
      host("c", { status: "unreachable" }),
      host("d", { status: "unknown" }),
    ];
    expect(summary({ ok: false, hosts })).toEqual([
      "✖ Failed after 12s: 1 of 4 hosts failed, 1 unreachable, 1 unknown",
      "  failed: b",
      "  unreachable: c",
      "  unknown: what came of a command there was not heard: d",
    ]);
  });

  it("counts hosts that nobody reached, where the run took that for an answer", () => {
    const hosts = [host("a"), host("b", { status: "unreachable" }), host("c", { status: "skipped" })];
    expect(summary({ hosts })[0]).toBe("✔ Done in 12s: 1 host ok, 1 with nothing to do, 1 unreachable");
  });

  it("names no hosts where all came out alike", () => {
    const all = (status: HostResult["status"], count = 2): readonly HostResult[] =>
      ["a", "b"].slice(0, count).map((name) => host(name, { status }));
    expect(summary({ ok: false, hosts: all("failed") })).toEqual(["✖ Failed after 12s: all 2 hosts failed"]);
    expect(summary({ ok: false, hosts: all("failed", 1) })).toEqual(["✖ Failed after 12s: 1 host failed"]);
    expect(summary({ ok: false, hosts: all("skipped") })).toEqual([
      "✖ Failed after 12s, on this machine: all 2 hosts untouched",
      "  untouched: nothing was begun there",
    ]);
    // Nothing failed there.
    expect(summary({ ok: false, hosts: all("unfinished") })).toEqual([
      "✖ Failed after 12s, on this machine: all 2 hosts unfinished",
      "  unfinished: the run ended before all was done there",
    ]);
  });

  it("counts as done only the hosts on which something was done, and this machine as no host", () => {
    const hosts = [host("a"), host("b", { status: "skipped" }), host("local", { changed: ["packed"] })];
    expect(summary({ hosts })).toEqual(["✔ Done in 12s: 1 host ok, 1 with nothing to do", "  changed: packed (this machine)"]);
    expect(summary({ hosts: [host("a", { status: "skipped" })] })).toEqual(["✔ Done in 12s"]);
  });

  it("says once that it was interrupted", () => {
    const error = { ...errorOf("", 0, ""), command: undefined, code: "INTERRUPTED", message: "Interrupted by SIGINT." };
    const result = { ok: false, interrupted: "SIGINT", failures: [failure("local", error)] };
    expect(summary({ ...result, hosts: [host("a")] })).toEqual(["■ Interrupted by SIGINT after 12s"]);
    expect(summary({ ...result, hosts: [host("a", { status: "unfinished" })] })).toEqual([
      "■ Interrupted by SIGINT after 12s: 1 host unfinished",
      "  unfinished: the run ended before all was done there",
    ]);
  });

  it("breaks lists between words, where the screen has an edge", () => {
    const hosts = ["a", "b", "app3.example.com"].map((name) =>
      host(name, { changed: ["current -> 20261120101500 (main 1a2b3c4)"] }),
    );
    expect(summary({ hosts }, undefined, 40)).toEqual([
      "✔ Done in 12s: 3 hosts ok",
      "  changed: current -> 20261120101500",
      "    (main 1a2b3c4) (all 3 hosts)",
    ]);
  });

  it("puts errors last, after what is not shown", () => {
    const lines = summary(
      {
        ok: false,
        hosts: [host("a", { status: "failed", changed: ["x"] })],
        failures: [failure("a", errorOf("npm ci", 1, "boom\n"))],
      },
      "output",
    );
    expect(lines).toEqual([
      "✖ Failed after 12s: 1 host failed",
      "  changed: x",
      "  not shown: output",
      "",
      "✖ a · build",
      "    $ npm ci",
      "    exit code 1",
      "    │ boom",
    ]);
  });

  it("tells the same failure of several hosts once, and different ones apart", () => {
    const failures = [
      failure("a", errorOf("npm ci", 1, "boom")),
      failure("b", errorOf("npm ci", 1, "boom")),
      failure("c", errorOf("npm ci", 1, "bang")),
      failure("d", errorOf("npm ci", 2, "boom")),
      failure("e", errorOf("npm ci", 1, "boom"), "test"),
    ];
    const titles = summary({ ok: false, failures }).filter((line) => line.startsWith("✖") && line.includes(" · "));
    expect(titles).toEqual(["✖ 2 hosts (a, b) · build", "✖ c · build", "✖ d · build", "✖ e · test"]);
  });

  it("tells once what differs in nothing but the names of the hosts", () => {
    const broken = (name: string): Failure =>
      failure(name, errorOf(`cd /srv/${name}/app && make`, 2, `no rule on ${name}: stop`));
    const failures = [broken("web10"), broken("web2"), broken("web1")];
    const hosts = ["web1", "web2", "web10"].map((name) => host(name, { status: "failed", changed: [`made /srv/${name}`] }));
    expect(summary({ ok: false, hosts, failures })).toEqual([
      "✖ Failed after 12s: all 3 hosts failed",
      "  changed: made /srv/<host> (all 3 hosts)",
      "",
      "✖ 3 hosts (web1, web2, web10) · build",
      "    $ cd /srv/<host>/app && make",
      "    exit code 2",
      "    │ no rule on <host>: stop",
    ]);
    expect(summary({ ok: false, hosts, failures: [broken("web2")] })).toContain("    $ cd /srv/web2/app && make");
  });

  it("shows the tail of long output and the head of a long command, and says so", () => {
    const output = Array.from({ length: 100 }, (_, index) => `line ${index + 1}`).join("\n");
    const command = Array.from({ length: 20 }, (_, index) => `step ${index + 1}`).join("\n");
    const lines = summary({ ok: false, failures: [failure("a", { ...errorOf(command, 1, output), stdout: "out" })] });
    expect(lines).toContain("    │ … 88 lines above");
    expect(lines).toContain("    │ line 89");
    expect(lines).not.toContain("    │ line 88");
    expect(lines).toContain("      … 14 more lines");
    expect(lines).toContain("    │ out");
  });

  it("says how a command ended in the words of its error, and shows a title as a title", () => {
    const error = { ...errorOf("take the lock", 143, ""), titled: true, message: "take the lock: killed by SIGTERM" };
    const lines = summary({ ok: false, failures: [failure("a", error)] });
    expect(lines.slice(-2)).toEqual(["    take the lock", "    killed by SIGTERM"]);
  });

  it("shows message and hint of an error without a command", () => {
    const error = {
      ...errorOf("", 0, ""),
      command: undefined,
      exitCode: undefined,
      message: "No answer.\nTwice.",
      hint: "Is it up?",
    };
    expect(summary({ ok: false, failures: [failure("a", error)] }).slice(2)).toEqual([
      "✖ a · build",
      "    No answer.",
      "    Twice.",
      "    Is it up?",
    ]);
  });

  it("stays readable when every one of 1000 hosts fails in its own way", () => {
    const failures = Array.from({ length: 1000 }, (_, index) => failure(`app${index}`, errorOf("npm ci", 1, `code ${index}`)));
    const lines = summary({ ok: false, failures });
    expect(lines.length).toBeLessThan(150);
    expect(lines).toContain("985 more failures:");
    expect(lines.at(-1)).toBe("  and 935 more");
  });

  it("paints only where there are colours", () => {
    const result: RunResult = {
      ok: true,
      exitCode: 0,
      hosts: [],
      failures: [],
      duration: 1,
      interrupted: undefined,
      dryRun: false,
    };
    expect(summaryLines(result, { color: true, isTTY: false, columns: 0 })[1]).toBe("\x1b[32m✔ Done in <0.1s\x1b[39m");
  });
});
