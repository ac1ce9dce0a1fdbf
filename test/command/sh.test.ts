import { describe, expect, it } from "vitest";
import { script, sh } from "../../src/command/sh.ts";

describe("sh", () => {
  it("quotes each value as one word, and an array as several", () => {
    expect(sh`echo ${"it's"} ${["a b", "c"]} ${7}`).toBe("echo 'it'\\''s' 'a b' 'c' 7");
  });

  it("takes off the indentation that all lines share, and none of a value's", () => {
    const text = sh`
      if true; then
        echo ${"a\n      b"}
      fi
    `;
    expect(text).toBe("if true; then\n  echo 'a\n      b'\nfi");
  });

  it("keeps a line that begins with a value where it is", () => {
    const inner = script("one", "two");
    expect(sh`
      ${inner}
      three
    `).toBe("one\ntwo\nthree");
  });

  it("works out a template's indentation once, however often it is written", () => {
    let looks = 0;
    const literals = ["\n  echo ", "\n"];
    const raw = (): readonly string[] => {
      looks += 1;
      return literals;
    };
    const template = Object.defineProperty([...literals], "raw", { get: raw }) as unknown as TemplateStringsArray;
    expect([sh(template, "a"), sh(template, "b")]).toEqual(["echo 'a'", "echo 'b'"]);
    expect(looks).toBe(1);
  });

  it("leaves backslashes to the shell", () => {
    expect(sh`printf '%s\n' ${"x"}`).toBe("printf '%s\\n' 'x'");
  });
});
