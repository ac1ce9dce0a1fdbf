import { execFileSync } from "node:child_process";
import { request } from "node:http";
import { format, inspect, isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import { quote, raw } from "../../src/command/quote.ts";
import { createRedactor } from "../../src/command/redact.ts";
import { Secret } from "../../src/command/secret.ts";
import { script, sh } from "../../src/command/sh.ts";
import { secret } from "../../src/env/secret.ts";
import { toError } from "../../src/errors.ts";

const token = secret("hunter2-token");
/** As JavaScript, and whatever has no type, passes it. */
const untyped = token as never as string;

/** All ways of making text of an object that the language and node have. */
const TEXT: readonly (readonly [string, () => unknown])[] = [
  ["a template literal", () => `KEY=${token}\n`],
  ["String()", () => String(token)],
  ["toString()", () => token.toString()],
  ["toLocaleString()", () => (token as { toLocaleString(): string }).toLocaleString()],
  ["+", () => ["KEY=", untyped].reduce((all, one) => all + one)],
  ["concat", () => "KEY=".concat(untyped)],
  ["join", () => ["KEY", token].join("=")],
  ["a list as text", () => `${[token]}`],
  ["replace", () => "KEY=value".replace("value", untyped)],
  // biome-ignore lint/suspicious/noDoubleEquals: what it is about
  ["a comparison with text", () => (token as unknown) == "hunter2-token"],
  ["a key of an object", () => ({ [untyped]: 1 })],
  ["a number", () => Number(token)],
  ["a regular expression", () => /hunter/.test(untyped)],
  ["Buffer.from", () => Buffer.from(untyped)],
  ["TextEncoder", () => new TextEncoder().encode(untyped)],
  ["base64", () => btoa(untyped)],
  ["a URL", () => new URL(untyped)],
  ["a part of a URL", () => encodeURIComponent(untyped)],
  ["a query", () => new URLSearchParams({ key: untyped })],
  ["a header of fetch", () => new Headers({ authorization: untyped })],
  ["a header of node:http", () => request({ port: 1, headers: { authorization: untyped } })],
  ["a body of fetch", () => new Request("http://127.0.0.1", { method: "POST", body: untyped })],
  ["a form", () => new FormData().set("key", untyped)],
  ["an argument of a process", () => execFileSync("true", [untyped])],
  ["the environment of a process", () => execFileSync("true", { env: { KEY: untyped } })],
  ["the environment of this process", () => Object.assign(process.env, { FAKE_TEST: untyped })],
  ["the message of an error", () => new Error(untyped)],
  ["%s of a log line", () => format("%s", token)],
  ["a script", () => script(untyped)],
];

describe("a secret", () => {
  it.each(TEXT)("put into text is an error that says what to write: %s", (_, make) => {
    expect(make).toThrow(
      expect.objectContaining({ code: "SECRET_AS_TEXT", hint: expect.stringMatching(/secret`KEY=.*value\.reveal\(\)/) }),
    );
  });

  it.each([
    ["alone", () => JSON.stringify(token)],
    ["in data", () => JSON.stringify({ registry: [{ token }] })],
    ["%j of a log line", () => format("%j", { token })],
  ])("put into JSON is an error that says what to write: %s", (_, make) => {
    expect(make).toThrow(
      expect.objectContaining({ code: "SECRET_AS_TEXT", hint: expect.stringMatching(/secret\(JSON\.stringify.*reveal/) }),
    );
  });

  it.each([
    ["{ ...token }", () => ({ ...token })],
    ["Object.assign", () => Object.assign({}, token)],
    ["structuredClone", () => structuredClone(token)],
    ["structuredClone of data", () => structuredClone({ registry: [{ token }] })],
    ["a message to a worker", () => new MessageChannel().port1.postMessage({ token })],
    ["Object.entries", () => Object.entries(token)],
    ["a comparison by members", () => isDeepStrictEqual(token, secret("another"))],
  ])("copied or compared by its members is an error that says what to write: %s", (_, make) => {
    expect(make).toThrow(expect.objectContaining({ code: "SECRET_COPIED", hint: expect.stringContaining("value.reveal()") }));
  });

  it("goes along in a copy of what it is in, and is equal to itself", () => {
    expect({ ...{ token } }.token).toBe(token);
    expect(isDeepStrictEqual({ token }, { token })).toBe(true);
  });

  it.each([
    ["sh", () => sh`login ${untyped}`],
    ["a list in sh", () => sh`login ${[untyped]}`],
    ["quote", () => quote(untyped)],
    ["raw", () => raw(untyped)],
  ])("put into the text of a command is refused: %s", (_, make) => {
    expect(make).toThrow(expect.objectContaining({ code: "SECRET_IN_COMMAND" }));
  });

  it("is hidden where an object is shown", () => {
    expect([inspect(token), inspect({ list: [token] }), format("%o", token), format(token, { token })]).toEqual([
      ...["[redacted]", "{ list: [ [redacted] ] }", "[redacted]", "[redacted] { token: [redacted] }"],
    ]);
    expect(toError(token).message).toBe("[redacted]");
  });
});

describe("secret as a tag", () => {
  it("makes one secret of text and values, as a plain template would", () => {
    const user = secret("ada");
    const url = secret`postgres://${user}:${secret(untyped)}@db.example.com:${5432}/shop?tls=${true}&big=${10n}`;
    expect(url).toBeInstanceOf(Secret);
    expect(url.reveal()).toBe("postgres://ada:hunter2-token@db.example.com:5432/shop?tls=true&big=10");
    expect(secret`${url}`.reveal()).toBe(url.reveal());
    expect(secret`A="${"plain"}"\n\tB=\u20ac$\n${url}`.reveal()).toBe(`A="plain"\n\tB=\u20ac$\n${url.reveal()}`);
    expect(secret`${"a"}${"b"}`.reveal()).toBe("ab");
    expect(secret``.reveal()).toBe("");
  });

  it.each([
    ["undefined", undefined, "Value 2 of a secret's template is undefined."],
    ["null", null, "is null."],
    ["a promise", Promise.resolve("x"), "is a promise."],
    ["a list", ["x"], "is a list."],
    ["an object", { a: 1 }, "is an object."],
    ["a function", secret(() => "x"), "is a function."],
  ])("refuses what is no text: %s", (_, value, message) => {
    const make = (): Secret => secret`A=${1} B=${value as never}`;
    expect(make).toThrow(expect.objectContaining({ code: "SECRET_NOT_TEXT", message: expect.stringContaining(message) }));
  });

  it("puts the lines of a list together one by one", () => {
    const values: Readonly<Record<string, string | Secret>> = { A: "1", B: token };
    const lines = Object.keys(values).reduce((all, name) => secret`${all}${name}=${values[name] ?? ""}\n`, secret(""));
    expect(lines.reveal()).toBe("A=1\nB=hunter2-token\n");
    const redactor = createRedactor();
    redactor.add(lines);
    expect(redactor.redact("B=hunter2-token")).not.toContain("hunter2");
  });

  it("refuses an escape that JavaScript cannot read", () => {
    expect(() => secret`C:\users ${1}`).toThrow(expect.objectContaining({ code: "SECRET_NOT_TEXT" }));
  });
});

describe("a redactor", () => {
  const password = "it's p/ss w\u00f6rd";
  const file = secret`# settings of the shop\nDB_PASSWORD=${secret(password)}\nNODE_ENV=production\nURL=${secret`https://ci:${token}@example.com`}\nPIN=${"4711"}\n`;
  const show = (text: string): string => {
    const redactor = createRedactor();
    redactor.add(file);
    return redactor.redact(text);
  };

  it.each([
    ["the whole", file.reveal(), "[redacted]"],
    ["the whole in JSON", JSON.stringify({ file: file.reveal() }), '{"file":"[redacted]"}'],
    ["a line", `> DB_PASSWORD=${password} <`, "> [redacted] <"],
    ["a line with plain text in it", "> PIN=4711 <", "> [redacted] <"],
    ["a part", `> ${password} <`, "> [redacted] <"],
    ["a part of a part", "> hunter2-token <", "> [redacted] <"],
    ["a part in a URL", encodeURIComponent(password), "[redacted]"],
    ["a part quoted for a shell", `'${password.replaceAll("'", "'\\''")}'`, "'[redacted]'"],
    ["a line that holds no value", "export NODE_ENV=production", "export NODE_ENV=production"],
    ["plain text that was put in", "PORT 4711", "PORT 4711"],
  ])("that knows one hides %s", (_, text, shown) => {
    expect(show(text)).toBe(shown);
  });

  it("that knows one of many others takes no more time and room than it needs", () => {
    const all = Array.from({ length: 1000 }, (_, index) => secret(`value-${index}`)).reduce(
      (before, one, index) => secret`${before}KEY_${index}=${one}\n`,
      secret(""),
    );
    const redactor = createRedactor();
    redactor.add(all);
    expect(redactor.redact(all.reveal())).toBe("[redacted]");
    expect(redactor.redact("> value-7 KEY_999=value-999 <")).toBe("> [redacted] [redacted] <");
    expect(redactor.longest).toBeLessThan(5 * all.reveal().length);
  });

  it("hides its parts in base64 of the whole", () => {
    // The last characters depend on what would follow.
    expect(show(Buffer.from(file.reveal()).toString("base64"))).toMatch(/^\[redacted\].{0,2}={0,2}$/);
    expect(show(Buffer.from(`x${password}yz`).toString("base64"))).toMatch(/^.{1,3}\[redacted\].{1,5}$/);
  });
});
