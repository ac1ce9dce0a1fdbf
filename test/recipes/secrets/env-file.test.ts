import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "dotenv";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { Secret } from "../../../src/index.ts";
import { composeEnvFile, type EnvFileStyle } from "../../../src/recipes/secrets/env-file.ts";
import { createSource } from "../../../src/recipes/secrets/source.ts";

const text = async (values: Readonly<Record<string, string>>, style: EnvFileStyle = "quoted"): Promise<string> =>
  (await composeEnvFile([values], style)).reveal();
const refusals = async (values: Readonly<Record<string, string>>, style: EnvFileStyle = "quoted"): Promise<readonly string[]> => {
  const error = await composeEnvFile([values], style).then(
    () => undefined,
    (thrown: { readonly problems: readonly { readonly message: string }[] }) => thrown,
  );
  return error?.problems.map(({ message }) => message) ?? [];
};

/** What programs make of the file: sh, node and dotenv. */
function readers(file: string, names: readonly string[]): readonly Readonly<Record<string, string | undefined>>[] {
  const folder = mkdtempSync(join(tmpdir(), "env-file-"));
  try {
    writeFileSync(join(folder, ".env"), file);
    const clean = { cwd: folder, encoding: "utf8", env: { PATH: process.env["PATH"] } } as const;
    const print = `process.stdout.write(JSON.stringify(${JSON.stringify(names)}.map((name) => [name, process.env[name]])))`;
    const sourced = execFileSync("sh", ["-c", 'set -a; . ./.env; exec "$0" -e "$1"', process.execPath, print], clean);
    const ofNode = execFileSync(process.execPath, ["--env-file=.env", "-e", print], clean);
    return [...[sourced, ofNode].map((json) => Object.fromEntries(JSON.parse(json) as [string, string][])), parse(file)];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("a file of variables", () => {
  it("is put together from files, sources and values, later ones over earlier ones", async () => {
    const folder = mkdtempSync(join(tmpdir(), "env-file-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "base.env"), "# defaults\nPORT=80\nexport NAME='the shop'\n");
    const source = createSource("a vault", async () => new Map([["TOKEN", "s3cr3t"]]));
    const file = await composeEnvFile([join(folder, "base.env"), source, { PORT: 3000, KEY: new Secret("k3y#") }], "quoted");
    expect(file.reveal()).toBe("KEY='k3y#'\nNAME='the shop'\nPORT=3000\nTOKEN=s3cr3t\n");
  });

  it.each([
    "plain",
    "with blanks ",
    "a#b",
    "$HOME ${HOME} `id` $(id)",
    'say "hi"',
    "it's",
    "a=b=c",
    "!history ~ * ? [x] {a,b}",
    "",
    "ü 漢",
  ])("is read alike by sh, node and dotenv: %j", async (value) => {
    for (const values of readers(await text({ BEFORE: "1", KEY: value, LATER: "2" }), ["BEFORE", "KEY", "LATER"])) {
      expect(values).toEqual({ BEFORE: "1", KEY: value, LATER: "2" });
    }
  });

  it("is read as it was written, or refused", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: fc.constantFrom(..."aB0 '\"\\$`#=!\n\t;&".split("")), maxLength: 8 }), async (value) => {
        if ((await refusals({ KEY: value })).length > 0) return;
        const file = await text({ KEY: value, LATER: "2" });
        for (const values of readers(file, ["KEY", "LATER"])) expect(values).toEqual({ KEY: value, LATER: "2" });
      }),
      { numRuns: 40 },
    );
  });

  it("refuses all that readers would not read alike, at once, without showing it", async () => {
    expect(await refusals({ A: "hidden\nline", B: "hidden\\n", C: "hidden'\"", "D-E": "hidden", F: "hidden\r" })).toEqual([
      expect.stringMatching(/^secretsFrom: "A" has a line end, a backslash, or both kinds of quotes/),
      expect.stringMatching(/^secretsFrom: "B" has/),
      expect.stringMatching(/^secretsFrom: "C" has/),
      'secretsFrom: "D-E" is no name of a variable.',
      expect.stringMatching(/^secretsFrom: "F" holds a NUL or a carriage return/),
    ]);
    expect((await refusals({ A: "hidden\nline", F: "hidden\r" })).join()).not.toContain("hidden");
    expect(await refusals({ BIG: "x".repeat(200_000) })).toEqual(["secretsFrom: the file would be larger than 100 KiB."]);
  });

  it("has no quotes for docker, and refuses what cannot be said without", async () => {
    expect(await text({ A: 'it\'s "x" #1', B: "back\\slash" }, "plain")).toBe('A=it\'s "x" #1\nB=back\\slash\n');
    expect(await refusals({ A: " around ", B: "two\nlines", C: "fine" }, "plain")).toHaveLength(2);
  });
});
