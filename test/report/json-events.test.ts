import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createReporter } from "../../src/report/pick.ts";
import { createTestScreen } from "./screen.ts";
import { eventKinds, readStream, streamNames } from "./streams.ts";

const page = readFileSync(new URL("../../docs/json-events.md", import.meta.url), "utf8");

interface Section {
  readonly fields: ReadonlyMap<string, string>;
  readonly example: Record<string, unknown>;
}

/** What the page says under a heading: the fields of its table, and its example. */
function readSection(heading: string): Section {
  const [, text = ""] = new RegExp(`^${heading}$([\\s\\S]*?)(?=^##|(?![\\s\\S]))`, "m").exec(page) ?? [];
  const fields = [...text.matchAll(/^\| `(\w+)` \| (.+?) \| [^|]+ \|$/gm)].map(
    ([, name = "", type = ""]) => [name, type.replaceAll("\\|", "|")] as const,
  );
  const [, example = "{}"] = /```json\n(.*)\n```/.exec(text) ?? [];
  return { fields: new Map(fields), example: JSON.parse(example) as Record<string, unknown> };
}

function fits(value: unknown, type: string): boolean {
  const plain = type.replace(", optional", "");
  if (plain.endsWith("[]")) return Array.isArray(value);
  if (plain.includes('"')) return plain.split(" | ").includes(JSON.stringify(value));
  return /^[A-Z]/.test(plain) ? typeof value === "object" : typeof value === plain;
}

/** Fields that are missing, unknown or of another type than the page says. */
function differences(value: Record<string, unknown>, { fields }: Section): readonly string[] {
  const missing = [...fields]
    .filter(([name, type]) => !type.includes("optional") && value[name] === undefined)
    .map(([name]) => `${name} is missing`);
  const unknown = Object.keys(value).filter((name) => name !== "kind" && name !== "at" && !fields.has(name));
  const wrong = [...fields]
    .filter(([name, type]) => value[name] !== undefined && !fits(value[name], type))
    .map(([name, type]) => `${name} is no ${type}`);
  return [...missing, ...unknown.map((name) => `${name} is not on the page`), ...wrong];
}

async function written(stream: string): Promise<readonly Record<string, unknown>[]> {
  const stdout = createTestScreen();
  let time = 0;
  const reporter = await createReporter("json", { screen: createTestScreen(), stdout, verbosity: 0, now: () => time++ });
  for (const [at, event] of readStream(stream).entries()) {
    reporter.on(event);
    // At once: a program may follow.
    expect(stdout.written().split("\n")).toHaveLength(at + 2);
  }
  const lines = stdout.written().trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("the page on JSON events", () => {
  it.each(eventKinds)("shows %s as it is written", (kind) => {
    const section = readSection(`### ${kind}`);
    expect(section.fields.size).toBeGreaterThan(0);
    expect(section.example["kind"]).toBe(kind);
    expect(section.example).toHaveProperty("at");
    expect(differences(section.example, section)).toEqual([]);
  });

  it("has no other kinds", () => {
    expect([...page.matchAll(/^### (\w+)$/gm)].map(([, kind]) => kind)).toEqual(eventKinds);
  });

  it.each(streamNames)("holds for every line of the recorded stream %s", async (stream) => {
    const [lines, events] = [await written(stream), readStream(stream)];
    expect(lines).toHaveLength(events.length);
    for (const [index, line] of lines.entries()) {
      expect(line).toEqual({ ...JSON.parse(JSON.stringify(events[index])), at: index + 1 });
      expect(differences(line, readSection(`### ${line["kind"]}`))).toEqual([]);
    }
  });

  it("describes errors and the result", async () => {
    const error = readSection("## Errors");
    const result = readSection("## The result");
    expect(differences(error.example, error)).toEqual([]);
    expect(differences(result.example, result)).toEqual([]);
    for (const line of (await Promise.all(streamNames.map(written))).flat()) {
      if (line["error"] !== undefined) expect(differences(line["error"] as Record<string, unknown>, error)).toEqual([]);
      if (line["result"] !== undefined) expect(differences(line["result"] as Record<string, unknown>, result)).toEqual([]);
    }
  });

  it("finds a field that is not on it", () => {
    const section = readSection("### changed");
    expect(differences({ kind: "changed", host: 1, more: true }, section)).toEqual([
      "text is missing",
      "more is not on the page",
      "host is no string",
    ]);
  });
});
