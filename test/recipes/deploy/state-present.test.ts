import { appendFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type HostState, parseState, readState } from "../../../src/recipes/deploy/state.ts";
import { createShellHost, SHA, type ShellHost, shells } from "./shell-host.ts";

const [A, B, C] = ["20260101000000", "20260102000000", "20260103000000"] as const;
let host: ShellHost;

afterEach(() => host.remove());

function read(present = false): HostState {
  const ran = host.run(readState(host.paths, { present }), { vars: { LC_ALL: "C" } });
  expect([ran.code, ran.stderr]).toEqual([0, ""]);
  return parseState(ran.stdout, host.paths);
}

const entryLine = (id: string, status: string, branch = "main"): string =>
  `${id} ${status} 2026-11-20T10:00:00Z ${SHA} ${branch} ada run0 ;\n`;

const statuses = (state: HostState): Record<string, string> =>
  Object.fromEntries(state.releases.map(({ id, status }) => [id, status]));

describe.each(shells)("the state of what is there, in $name", (shell) => {
  beforeEach(() => {
    host = createShellHost(shell);
  });

  /** Deploys of the past, whose releases are gone: 400 bytes of the journal each. */
  const past = (count: number): void => {
    const ids = Array.from({ length: count }, (_, at) => String(20_260_201_000_000 + at));
    const entries = ids.flatMap((id) => ["building", "complete", "live"].map((status) => entryLine(id, status)));
    appendFileSync(host.paths.journal, entries.join(""));
    appendFileSync(
      host.paths.revisionsLog,
      ids.map((id) => `Branch main (at ${SHA}) deployed as release ${id} by ada\n`).join(""),
    );
  };
  const size = (): number => host.run(readState(host.paths, { present: true }), { vars: { LC_ALL: "C" } }).stdout.length;

  it("is the same, in a few kilobytes", () => {
    host.release(A, { journal: "live", log: true });
    past(100);
    for (const id of [B, C]) host.release(id, { journal: id === B ? "bad" : "live", log: true });
    rmSync(join(host.paths.releases, A), { recursive: true });
    const [all, present] = [read(), read(true)];
    expect(statuses(present)).toMatchObject({ [B]: "bad", [C]: "live" });
    for (const id of [B, C])
      expect(present.releases.find((release) => release.id === id)).toEqual(all.releases.find((release) => release.id === id));
    expect(size()).toBeLessThan(12_000);
  });

  it("is all, where the journal tells of one of them far back, or not at all", () => {
    host.release(A, { journal: "bad", log: true });
    past(50);
    expect(read(true)).toMatchObject({ ...read(), clock: expect.any(String) });
    expect(statuses(read(true))[A]).toBe("bad");
    host.release(B, { log: true });
    expect(statuses(read(true))[B]).toBe("live");
  });

  it("takes no word of another entry for one", () => {
    host.release(A, { journal: "bad" });
    past(50);
    appendFileSync(host.paths.journal, entryLine(C, "live", `${A} x`));
    expect(statuses(read(true))[A]).toBe("bad");
  });
});
