import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { notesWritten, openHostNotes } from "../../../src/transport/ssh/host-notes.ts";
import type { Target } from "../../../src/transport/ssh/target.ts";

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), "fake-notes-"));
});
afterEach(async () => {
  await notesWritten();
  rmSync(cache, { recursive: true, force: true });
});

const at = (address: string, more: Partial<Target> = {}) =>
  ({ user: "deploy", address, port: 22, via: [], ...more }) as unknown as Target;
const open = (target = at("app1"), now?: () => number) => openHostNotes({ XDG_CACHE_HOME: cache }, target, now);
const folder = (): string => join(cache, "fake/hosts");
const [A, B] = ["a".repeat(24), "b".repeat(24)];

describe("what is remembered of a host", () => {
  it("is there in the next run, for that login alone", () => {
    open().add(A);
    expect([open().has(A), open().has(B)]).toEqual([true, false]);
    for (const other of [at("app2"), at("app1", { user: "root" }), at("app1", { port: 23 }), at("app1", { via: ["jump"] })])
      expect(open(other).has(A)).toBe(false);
    open().remove(A);
    expect(open().has(A)).toBe(false);
  });

  it("is for this user's eyes, and nothing is written where nothing is new", async () => {
    open().has(A);
    expect(existsSync(folder())).toBe(false);
    open().add(A);
    await notesWritten();
    const [name = ""] = readdirSync(folder());
    expect([statSync(folder()).mode & 0o777, statSync(join(folder(), name)).mode & 0o777]).toEqual([0o700, 0o600]);
    writeFileSync(join(folder(), name), `${readFileSync(join(folder(), name), "utf8")} `);
    open().add(A);
    await notesWritten();
    expect(readFileSync(join(folder(), name), "utf8")).toMatch(/ $/);
  });

  it("is that it refused, for a while", () => {
    const refusing = open(at("app1"), () => 1000);
    refusing.refuse();
    expect([refusing.refused, open(at("app1"), () => 2000).refused, open(at("app1"), () => 31 * 86_400_000).refused]).toEqual([
      true,
      true,
      false,
    ]);
    open(at("app1"), () => 2000).add(A);
    expect(open(at("app1"), () => 2000).refused).toBe(false);
  });

  it("is how keys were agreed on, whatever else is learned or forgotten", () => {
    open().agree("curve25519-sha256");
    open().add(A);
    open().refuse();
    expect(open().keyExchange).toBe("curve25519-sha256");
    open().forgetKeyExchange();
    expect([open().keyExchange, open().refused]).toEqual([undefined, true]);
  });

  it("is nothing of that for a while where the host was confused by it", () => {
    open(at("app1"), () => 1000).confuse();
    open().agree("curve25519-sha256");
    const later = (time: number): string | undefined => open(at("app1"), () => time).keyExchange;
    expect([later(2000), later(31 * 86_400_000)]).toEqual([undefined, "curve25519-sha256"]);
  });

  it("is bounded: the last that were learned", async () => {
    const notes = open();
    for (let count = 0; count < 250; count++) notes.add(String(count));
    await notesWritten();
    expect([open().has("0"), open().has("249")]).toEqual([false, true]);
    expect(readFileSync(join(folder(), readdirSync(folder())[0] ?? ""), "utf8").length).toBeLessThan(10_000);
  });

  it.each(["", "{", "[]", "null", '{"kept": 5}', '{"kept": [5, {}], "refused": "no", "keyExchange": 5, "confused": {}}'])(
    "is nothing when its file is %j",
    async (text) => {
      open().add(A);
      await notesWritten();
      writeFileSync(join(folder(), readdirSync(folder())[0] ?? ""), text);
      expect([open().has(A), open().refused, open().keyExchange]).toEqual([false, false, undefined]);
      open().add(B);
      expect(open().has(B)).toBe(true);
    },
  );

  it("is written once when much is learned in a row, and whole in the end", async () => {
    const notes = open();
    const seen = new Set<number>();
    const look = (): void => {
      const [name] = existsSync(folder()) ? readdirSync(folder()).filter((one) => one.endsWith(".json")) : [];
      if (name !== undefined) seen.add(statSync(join(folder(), name)).ino);
    };
    for (let count = 0; count < 100; count++) {
      notes.add(String(count));
      look();
    }
    expect(seen.size).toBe(0);
    const written = notesWritten();
    // More of it while the first is on its way.
    await new Promise((resolve) => setImmediate(resolve));
    for (let count = 100; count < 150; count++) notes.add(String(count));
    await written;
    look();
    expect(seen.size).toBe(1);
    const known = JSON.parse(readFileSync(join(folder(), readdirSync(folder())[0] ?? ""), "utf8"));
    expect(known.kept).toEqual(Array.from({ length: 150 }, (_, count) => String(count)));
    expect(readdirSync(folder())).toHaveLength(1);
  });

  it("is not lost when the process ends at once", () => {
    const entry = fileURLToPath(new URL("../../../src/transport/ssh/host-notes.ts", import.meta.url));
    const bundle = buildSync({ entryPoints: [entry], bundle: true, platform: "node", format: "esm", write: false });
    const code = `${bundle.outputFiles[0]?.text}
      const notes = openHostNotes({ XDG_CACHE_HOME: ${JSON.stringify(cache)} }, ${JSON.stringify(at("app1"))});
      notes.add(${JSON.stringify(A)}); notes.add(${JSON.stringify(B)}); process.exit(0);`;
    execFileSync(process.execPath, ["--input-type=module", "-e", code]);
    expect([open().has(A), open().has(B)]).toEqual([true, true]);
  });

  it("is known to this run alone where nothing can be written", async () => {
    writeFileSync(join(cache, "fake"), "");
    const notes = open();
    notes.add(A);
    await notesWritten();
    expect([notes.has(A), open().has(A)]).toEqual([true, false]);
    rmSync(join(cache, "fake"));
    chmodSync(cache, 0o755);
  });
});
