import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRedactor } from "../../src/command/redact.ts";
import { Secret } from "../../src/command/secret.ts";

function redactor(...secrets: string[]): ReturnType<typeof createRedactor> {
  const made = createRedactor();
  for (const secret of secrets) made.add(new Secret(secret));
  return made;
}

describe("redact", () => {
  it("takes out every occurrence", () => {
    expect(redactor("hunter2").redact("hunter2, then xhunter2x")).toBe("[redacted], then x[redacted]x");
  });

  it("takes out the longer of two secrets that start alike", () => {
    expect(redactor("hunter", "hunter2").redact("hunter2 hunter")).toBe("[redacted] [redacted]");
  });

  it.each([
    ["base64", (value: string) => Buffer.from(value).toString("base64")],
    ["base64url", (value: string) => Buffer.from(value).toString("base64url")],
    ["basic authentication", (value: string) => Buffer.from(`user:${value}`).toString("base64")],
    ["base64 within more text", (value: string) => Buffer.from(`xy${value}suffix`).toString("base64")],
    ["a URL", encodeURIComponent],
    ["a form", (value: string) => new URLSearchParams({ v: value }).toString().slice(2)],
    ["JSON", JSON.stringify],
    ["shell quotes", (value: string) => value.replaceAll("'", "'\\''")],
    ["dash's trace", (value: string) => value.replaceAll("'", `'"'"'`)],
    ["a URL in small letters", (value: string) => encodeURIComponent(value).toLowerCase()],
    ["a URL, all escaped", (value: string) => encodeURIComponent(value).replaceAll("'", "%27")],
    ["JSON of ASCII", (value: string) => JSON.stringify(value).replaceAll("é", "\\u00e9").replaceAll("/", "\\/")],
  ])("takes out its form in %s", (_, encode) => {
    const secret = "p@ss w'ord/\"+é\\";
    const shown = redactor(secret).redact(`before ${encode(secret)} after`);
    expect(shown).toContain("[redacted]");
    expect(shown.length).toBeLessThan("before [redacted] after".length + 16);
    expect(shown).not.toContain(encode(secret));
  });

  it("takes out the lines of a secret with several", () => {
    const key = "-----BEGIN KEY-----\nabcdefghijkl\nmnopqrstuvwx\n-----END KEY-----";
    expect(redactor(key).redact("[app1] mnopqrstuvwx")).toBe("[app1] [redacted]");
    expect(redactor(key).redact(`x${key.replaceAll("\n", "\r\n")}x`)).toBe("x[redacted]x");
  });

  it.each([
    ["base64", 76, "\n"],
    ["openssl", 64, "\n"],
    ["a terminal", 76, "\r\n"],
  ])("takes out its base64 form in the lines of %s, wherever they end", (_, width, end) => {
    const secret = "a secret that is rather long, as keys for an interface tend to be: 0123456789";
    for (let before = 0; before < 80; before++) {
      const encoded = Buffer.from(`${"x".repeat(before)}${secret}yyyy`).toString("base64");
      const wrapped = encoded.replaceAll(new RegExp(`.{${width}}`, "g"), `$&${end}`);
      const shown = redactor(secret).redact(wrapped);
      const stream = redactor(secret).stream();
      expect([...wrapped].map((character) => stream.push(character)).join("") + stream.flush()).toBe(shown);
      const rest = shown.replaceAll(/\[redacted\]|\s/g, "");
      expect(rest.length).toBeLessThan(encoded.length - Math.floor(secret.length / 3) * 4 + 8);
      expect(shown.match(/\[redacted\]/g)).toHaveLength(1);
    }
  });

  it("takes out all of two secrets that overlap", () => {
    expect(redactor("abcdef", "defghi").redact("xabcdefghix")).toBe("x[redacted]x");
    expect(redactor("abcdefghi", "def", "hij").redact("xabcdefghijx")).toBe("x[redacted]x");
    const stream = redactor("abcdef", "defghi").stream();
    expect([..."xabcdefghix"].map((character) => stream.push(character)).join("") + stream.flush()).toBe("x[redacted]x");
  });

  it("takes out secrets that are large, and many", () => {
    const large = Array.from({ length: 100_000 }, (_, at) => String.fromCharCode(33 + ((at * 7919) % 90))).join("");
    expect(redactor(large).redact(`x${large}x`)).toBe("x[redacted]x");
    const many = Array.from({ length: 400 }, (_, at) => `secret number ${at};`);
    expect(redactor(...many).redact(many.join("-"))).toBe(many.map(() => "[redacted]").join("-"));
  });

  it("leaves values of one or two characters, and empty ones", () => {
    expect(redactor("", "x", "ab").redact("exit ab")).toBe("exit ab");
  });

  it("takes special characters for what they are", () => {
    expect(redactor("a.*b(").redact("axxb( a.*b(")).toBe("axxb( [redacted]");
  });
});

describe("a redacted stream", () => {
  it("catches a secret that comes in pieces", () => {
    const stream = redactor("hunter2").stream();
    expect([stream.push("my hun"), stream.push("te"), stream.push("r2 is"), stream.flush()]).toEqual([
      "my ",
      "",
      "[redacted] is",
      "",
    ]);
  });

  it("gives back what only looked like the start of one", () => {
    const stream = redactor("hunter2").stream();
    expect(stream.push("a hunt") + stream.push("ing") + stream.push("hu") + stream.flush()).toBe("a huntinghu");
  });

  it("waits for the longer of two secrets that start alike", () => {
    const stream = redactor("hunter", "hunter2x").stream();
    expect(stream.push("hunter2") + stream.push("x.") + stream.flush()).toBe("[redacted].");
  });

  it("catches a secret that became known after the stream was opened", () => {
    const made = createRedactor();
    const stream = made.stream();
    made.add("hunter2");
    expect(stream.push("hunter2")).toBe("[redacted]");
  });

  it("shows the same as redacting all at once, however the text is cut", () => {
    const alphabet = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 40 });
    const secrets = fc.array(fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 3, maxLength: 5 }), { maxLength: 3 });
    fc.assert(
      fc.property(alphabet, secrets, fc.array(fc.nat(6), { maxLength: 12 }), (text, hidden, cuts) => {
        const made = redactor(...hidden);
        const stream = made.stream();
        let rest = text;
        let shown = "";
        for (const cut of cuts) {
          shown += stream.push(rest.slice(0, cut));
          rest = rest.slice(cut);
        }
        shown += stream.push(rest) + stream.flush();
        expect(shown).toBe(made.redact(text));
        for (const secret of hidden) expect(shown).not.toContain(secret);
      }),
    );
  });
});
