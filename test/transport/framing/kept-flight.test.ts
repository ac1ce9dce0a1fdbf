import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Secret } from "../../../src/command/secret.ts";
import type { Host } from "../../../src/hosts/host.ts";
import type { KeptNotes } from "../../../src/transport/framing/kept.ts";
import { createLocalTransport } from "../../../src/transport/local/transport.ts";
import type { CommandResult } from "../../../src/transport/transport.ts";
import { command } from "./shells.ts";

const home = mkdtempSync(join(tmpdir(), "fake-kept-flight-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const HOST = { id: "here", name: "here", address: "here", roles: [], settings: {} } as unknown as Host;
const NONE: KeptNotes = { refused: false, has: () => false, add() {}, remove() {}, refuse() {} };

/** A flight on a real shell whose home is empty. */
async function fly(
  kept: KeptNotes,
  commands: Parameters<typeof command>[],
  signal?: AbortSignal,
): Promise<readonly CommandResult[]> {
  const transport = createLocalTransport({ kept, cwd: home, env: { ...process.env, HOME: home } });
  const connection = await transport.connect(HOST, { signal: new AbortController().signal, after: undefined });
  const results = await connection.flight(
    commands.map((args) => command(...args)),
    { signal },
  );
  await transport.close();
  return results;
}

describe("a flight whose text the host was thought to keep", () => {
  it("is sent its text, and runs once", async () => {
    const removed: string[] = [];
    const kept = { ...NONE, has: () => removed.length === 0, remove: (id: string) => void removed.push(id) };
    const [result] = await fly(kept, [["echo once >>ran", { keepText: true }]]);
    expect([result?.status, readFileSync(join(home, "ran"), "utf8"), removed.length]).toEqual(["ok", "once\n", 1]);
  });

  it("runs nothing any more where it was stopped meanwhile", async () => {
    const stop = new AbortController();
    const kept = { ...NONE, has: () => true, remove: () => stop.abort() };
    const started = performance.now();
    const [result] = await fly(kept, [["touch stopped", { keepText: true }]], stop.signal);
    expect([result?.status, existsSync(join(home, "stopped"))]).toEqual(["skipped", false]);
    expect(performance.now() - started).toBeLessThan(4000);
  });

  it("is not kept where another command of it has a secret", async () => {
    const learned: string[] = [];
    const results = await fly({ ...NONE, add: (id) => void learned.push(id) }, [
      ["echo kept", { keepText: true }],
      ['echo "$TOKEN"', { vars: { TOKEN: new Secret("canary") } }],
      ["set", {}],
    ]);
    expect(results.map(({ stdout }) => stdout).slice(0, 2)).toEqual(["kept\n", "canary\n"]);
    expect([results[2]?.stdout.includes("canary"), learned]).toEqual([false, []]);
  });
});
