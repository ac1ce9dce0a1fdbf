import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { neutralise } from "../../src/command/neutralise.ts";
import { createRedactor } from "../../src/command/redact.ts";
import { Secret } from "../../src/command/secret.ts";
import { readOption } from "../../src/env/layers/options.ts";
import { findKeyLine } from "../../src/loader/locate-key.ts";
import {
  absolutePath,
  byteSize,
  deployPathSchema,
  linkedPaths,
  parseBytes,
  refSchema,
  repoUrlSchema,
  treePath,
} from "../../src/recipes/deploy/setting-schemas.ts";
import { createLines } from "../../src/report/lines.ts";
import { clip } from "../../src/report/width.ts";
import { suggest } from "../../src/suggest.ts";
import { fake, project } from "../cli/run-cli.ts";
import { CONTROL, endsSoon, fuzz, fuzzAsync, HUGE, mutated, soup } from "./fuzz.ts";

const inherited = ["__proto__", "constructor", "toString", "hasOwnProperty"] as const;
const right = {
  use: ["deploy"],
  env: { application: "shop", repoUrl: "/srv/git/x.git", deployPath: "/srv/x" },
  roles: { web: ["app1"] },
};

/** What is asked of a settings file: it is right, or said to be wrong in words of ours. No bug, no control characters. */
async function holds(name: string, text: string): Promise<void> {
  const root = project({ [name]: text });
  for (const argv of [["tasks"], ["env", "-R", "web"], ["plan", "-R", "web", "deploy"]]) {
    const { code, stdout, stderr } = await fake(root, argv);
    expect([0, 1, 2]).toContain(code);
    expect(stdout + stderr).not.toContain("This is a bug");
    expect(stdout + stderr).not.toMatch(CONTROL);
  }
}

describe("a settings file", () => {
  const key = fc.constantFrom(
    "use",
    "env",
    "roles",
    "web",
    "hosts",
    "branch",
    "linkedDirs",
    "keepReleases",
    "a\u202eb",
    ...inherited,
  );
  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.string(),
      fc.integer(),
      fc.constantFrom(null, true, "app1", "-x", "\x1b]0;x\x07"),
      fc.array(tie("value"), { maxLength: 3 }),
      tie("object"),
    ),
    object: fc
      .uniqueArray(fc.tuple(key, tie("value")), { selector: ([name]) => name, maxLength: 4 })
      .map((entries) => Object.fromEntries(entries)),
  }));
  const data = fc.record(
    { use: fc.constantFrom(["deploy"], [], "deploy", [1]), env: json.object, roles: json.object },
    { requiredKeys: [] },
  );
  const jsonText = fc.oneof(data, json.value).map((value) => JSON.stringify(value));
  const yaml = soup(
    "use: [deploy]\n",
    "env:\n",
    "roles:\n",
    "  web: [app1]\n",
    "  - ",
    "&a ",
    "*a",
    "<<: ",
    "!!js/function x",
    "? ",
    "| \n",
    "\t",
    "{",
    "}",
    "[",
    "]",
    ": ",
    "---\n",
    "%YAML 1.2\n",
    '"\\x1b[2J"',
    "__proto__: 1\n",
  );

  it("of JSON is right, or wrong in our words", async () => {
    await fuzzAsync(
      fc.oneof(jsonText, mutated(fc.constant(JSON.stringify(right, null, 1)))),
      (text) => holds("deployfile.json", text),
      { runs: 60 },
    );
  });

  it("of YAML is right, or wrong in our words", async () => {
    const seeds = [
      `${JSON.stringify({ ...right, env: { ...right.env, x: 1 } })}\n`,
      "[".repeat(20_000),
      `env:\n  a0: &a0 [x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 9 }, (_, n) => `  a${n + 1}: &a${n + 1} [${`*a${n},`.repeat(9)}]\n`).join("")}roles: { web: [app1] }\n`,
    ];
    await fuzzAsync(
      fc.oneof(yaml, mutated(fc.constant("use: [deploy]\nenv:\n  application: shop\nroles:\n  web: [app1]\n"))),
      (text) => holds("deployfile.yaml", text),
      { runs: 60, seeds },
    );
  });

  it("has its keys found, whatever they are", () => {
    fuzz(fc.tuple(soup("env", ":", "\n", " ", "[", "{", '"'), fc.array(fc.string(), { maxLength: 3 })), ([text, path]) => {
      expect(findKeyLine(text, path)).toBeGreaterThan(0);
    });
  });
});

describe("settings", () => {
  const value = fc.oneof(
    soup(
      "/",
      "..",
      ".",
      "~",
      "$HOME",
      "srv",
      "-",
      " ",
      "@{",
      ".lock",
      "refs/heads/",
      "ext::",
      "https://",
      ":",
      "@",
      "\n",
      "M",
      "50",
      "^",
      "\0",
      "é",
    ),
    fc.anything(),
  );
  const schemas = { absolutePath, deployPathSchema, linkedPaths, refSchema, repoUrlSchema, treePath, byteSize };

  it.each(Object.entries(schemas))("of the kind %s are right or wrong, whatever they are", (_name, schema) => {
    fuzz(fc.oneof(value, fc.array(value, { maxLength: 4 })), (input) => {
      const result = schema.safeParse(input);
      if (!result.success) for (const issue of result.error.issues) expect(issue.message).not.toBe("");
    });
  });

  it("that are right are safe to use", () => {
    fuzz(
      value,
      (input) => {
        const ref = refSchema.safeParse(input);
        if (ref.success) expect(ref.data).toMatch(/^[^-\s\p{Cc}][^\s\p{Cc}:~^]*$/u);
        const url = repoUrlSchema.safeParse(input);
        if (url.success) expect(url.data).toMatch(/^(?![-~])(?!\w+::)[^\p{Cc}]+$/u);
        const path = deployPathSchema.safeParse(input);
        if (path.success) expect(path.data).toMatch(/^\/[^/\p{Cc}]+(?:\/[^/\p{Cc}]+)*$/u);
        const size = byteSize.safeParse(input);
        if (size.success) expect(Number.isNaN(parseBytes(size.data))).toBe(false);
      },
      { runs: 3000 },
    );
  });

  it("given with -s are read, whatever they are", () => {
    const declared = { key: "x", declaration: { schema: refSchema } } as never;
    fuzz(fc.oneof(fc.json(), fc.string(), soup("[", "{", '"', "1")), (raw) => {
      readOption(raw, undefined, []);
      readOption(raw, declared, []);
    });
  });

  it("of a million characters are not waited for", () => {
    for (const text of [
      "/".repeat(HUGE),
      "/.".repeat(HUGE / 2),
      "a@".repeat(HUGE / 2),
      "a:".repeat(HUGE / 2),
      "https://".repeat(HUGE / 8),
      "1.".repeat(HUGE / 2),
      "1".repeat(HUGE),
      ` ${" ".repeat(HUGE)}`,
    ])
      for (const schema of [...Object.values(schemas)]) endsSoon(() => schema.safeParse(text));
  });
});

describe("text on a screen", () => {
  const text = soup(
    "\x1b[",
    "\x1b]52;c;aGk=",
    "\x1b]8;;http://x\x07",
    "\x07",
    "\x1b\\",
    "\x9b",
    "\x9d",
    "\x90",
    "\x9c",
    "\x1b",
    "31m",
    "\r\n",
    "\r",
    "\u202e",
    "\u2066",
    "a",
    "\n",
    "é",
  );

  it("holds no control characters, and what was made harmless stays as it is", () => {
    fuzz(
      text,
      (input) => {
        const shown = neutralise(input);
        expect(shown).not.toMatch(CONTROL);
        expect(neutralise(shown)).toBe(shown);
      },
      { runs: 3000 },
    );
  });

  it("is not waited for", () => {
    for (const piece of ["\x1b[", "\x9b0", "\x90", "\x1b]", "\x9dx", "\x1b[0;", "\x1b[ ", "\x1b ", "\u202e"]) {
      const huge = piece.repeat(((piece === "\x90" ? 6 : 0.3) * HUGE) / piece.length);
      endsSoon(() => neutralise(huge));
      endsSoon(() => createLines().push(huge.slice(0, HUGE)));
      endsSoon(() => clip(huge.slice(0, HUGE / 5), 80));
    }
    endsSoon(() => suggest("a".repeat(HUGE), ["staging", "production"]));
  });

  it("holds no secret, however it is cut", () => {
    const secret = fc.string({ unit: fc.constantFrom(..."abA0+/=%\"'\\ é\n"), minLength: 3, maxLength: 24 });
    const form = fc.constantFrom(
      (value: string) => value,
      (value: string) => JSON.stringify(value).slice(1, -1),
      (value: string) => encodeURIComponent(value),
      (value: string) => Buffer.from(value).toString("base64"),
    );
    fuzz(
      fc.tuple(secret, form, fc.string(), fc.string(), fc.array(fc.nat(40), { maxLength: 6 })),
      ([value, write, before, behind, places]) => {
        const redactor = createRedactor();
        redactor.add(new Secret(value));
        const text = before + write(value) + behind;
        const stream = redactor.stream();
        const cuts = [...new Set(places)].sort((a, b) => a - b);
        let shown = "";
        for (const [index, at] of [0, ...cuts].entries()) shown += stream.push(text.slice(at, cuts[index] ?? text.length));
        shown += stream.flush();
        expect(shown).toBe(redactor.redact(text));
        // Encoded forms of shorter ones would match by accident.
        if (value.length >= 6 && !"[redacted]".includes(value))
          expect(shown.replaceAll("[redacted]", "")).not.toContain(write(value));
      },
      { runs: 3000 },
    );
  });

  it("with secrets in it is not waited for", () => {
    for (const value of ["a".repeat(500), "ab".repeat(300), "-----BEGIN-----\n".repeat(50)]) {
      const redactor = createRedactor();
      redactor.add(value);
      endsSoon(() => redactor.redact(value.slice(0, -1).repeat(HUGE / 10 / value.length)));
    }
  });
});
