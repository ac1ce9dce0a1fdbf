import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { quote, raw } from "../../src/command/quote.ts";
import { Secret } from "../../src/command/secret.ts";
import { renderTemplate } from "../../src/command/template.ts";
import { nowhere } from "../support/nowhere.ts";
import { createBuilder } from "./commands.ts";
import { posixShells, runEach, words } from "./shells.ts";
import { anyText } from "./texts.ts";

const text = (strings: TemplateStringsArray, ...values: readonly unknown[]): string => renderTemplate(strings, values);

describe("renderTemplate", () => {
  it("quotes each value as one word", () => {
    expect(text`git checkout ${"a b; rm -rf /"} -- ${"x"}`).toBe("git checkout 'a b; rm -rf /' -- x");
  });

  it("makes several words of an array, and none of an empty one", () => {
    expect(text`cp ${["a", "b c", 3]} ${[]} to`).toBe("cp a 'b c' 3  to");
  });

  it("takes numbers, booleans and raw text", () => {
    expect(text`f ${1} ${true} ${2n} ${raw("| sort > $X")}`).toBe("f 1 true 2 | sort > $X");
  });

  it("leaves no room for a value to join with what stands beside it", () => {
    expect(text`echo ${2}>file ${"FOO"}=x i${"f"} w${"hi"}${"le"}`).toBe("echo '2'>file 'FOO'=x i'f' w'hi'le");
    expect(text`echo $HOME${"x"} ~${"x"} {a,${"b"}} [a${"-"}z] ${["a"]}b`).toBe("echo $HOME'x' ~'x' {a,'b'} [a'-'z] 'a'b");
    expect(text`ls ${"/srv/app"}/current --file=${"x"}`).toBe("ls /srv/app/current --file=x");
  });

  it("puts quotes only around what a shell would not take for a plain part of its word", () => {
    expect(text`curl -fsS http://${"127.0.1.31"}:${8931}/status`).toBe("curl -fsS http://127.0.1.31:8931/status");
    expect(text`git push ${"deploy@app1"}:${"/srv/a b"}`).toBe("git push deploy@app1:'/srv/a b'");
    expect(text`tar -C ${"/srv"}/${"a"}-${"b"}.tgz; A=${"x"}:${"y"} f${1}`).toBe("tar -C /srv/a-b.tgz; A=x:y f1");
  });

  it("takes values in command substitutions inside double quotes", () => {
    expect(text`test "$(readlink ${"/a b"})" = ${"c"}`).toBe("test \"$(readlink '/a b')\" = c");
  });

  it("takes numbers in arithmetic", () => {
    expect(text`echo $((${1} + 1))`).toBe("echo $((1 + 1))");
  });

  it.each([
    ["double quotes", () => text`echo "${"x"}"`],
    ["single quotes", () => text`sh -c 'echo ${"x"}'`],
    ["quotes of a nested command", () => text`echo "$(echo "${"x"}")"`],
    ["bash's $'' quotes", () => text`echo $'a ${"x"}'`],
    ["a comment", () => text`echo 1 # ${"x"}`],
    ["a here-document", () => text`cat <<EOF\n${"x"}\nEOF\n`],
    ["a here-document with a quoted end", () => text`cat <<-'E F'\nE\n${"x"}\nE F\n`],
    ["arithmetic, as text", () => text`echo $((${"1"} + 1))`],
    ["a parameter", () => text`echo \${HOME:-${"x"}}`],
    ["the place after a dollar", () => text`echo $${"x"}`],
    ["the place after a backslash", () => text`echo \\${"x"}`],
  ])("refuses a value in %s", (_, render) => {
    expect(render).toThrow(expect.objectContaining({ code: "TEMPLATE_PLACE", exitCode: 2 }));
  });

  it.each([
    ["after closed quotes", () => text`echo "a" 'b' ${"x"}`],
    ["after an escaped quote", () => text`echo \\" ${"x"}`],
    ["after a # inside a word", () => text`echo a#b ${"x"}`],
    ["after a comment's end", () => text`# it's\necho ${"x"}`],
    ["after a here-document", () => text`cat <<EOF\nit's\nEOF\necho ${"x"}`],
    ["on the line of a here-document", () => text`cat <<EOF > ${"x"}\nhi\nEOF\n`],
    ["in backticks", () => text`echo \`cat ${"x"}\``],
    ["after an escaped dollar", () => text`echo \\$ ${"x"}`],
  ])("takes a value %s", (_, render) => {
    expect(render()).toContain("x");
  });

  it("refuses a backslash that JavaScript would drop, and says how to write it", () => {
    expect(() => text`grep "\." file`).toThrow(
      expect.objectContaining({ code: "TEMPLATE_ESCAPE", hint: "Write \\\\. for the shell to see \\.." }),
    );
    expect(() => text`sed 's/\(a\)/\1/'`).toThrow(expect.objectContaining({ code: "TEMPLATE_ESCAPE" }));
    expect(text`printf '%s\\n' \${HOME}`).toBe("printf '%s\\n' ${HOME}");
  });

  it("refuses secrets, promises and undefined, naming the value's place", () => {
    expect(() => text`a ${1} ${new Secret("hunter2")}`).toThrow(expect.objectContaining({ code: "SECRET_IN_COMMAND" }));
    expect(() => text`a ${[new Secret("hunter2")]}`).toThrow(expect.objectContaining({ code: "SECRET_IN_COMMAND" }));
    expect(() => text`a ${1} ${undefined}`).toThrow(/undefined \(value 2 of the template\)/);
    expect(() => text`a ${Promise.resolve(1)}`).toThrow(expect.objectContaining({ hint: "Await it first." }));
  });
});

describe.each(posixShells)("templates in $name", (shell) => {
  it.skipIf(shell.missing)(
    `hands over the exact values${shell.missing === undefined ? "" : ` (skipped: ${shell.missing})`}`,
    () => {
      const { cmd } = createBuilder();
      const cases = fc.sample(fc.tuple(anyText, anyText, fc.array(anyText, { minLength: 1, maxLength: 3 })), 800);
      const outputs = runEach(
        shell,
        cases.map(([a, b, list]) => cmd`printf '%s\\0' ${a} --x=${b} ${a}${b} /${a}/ ${list} "$(printf %s ${b}x)"`.text),
      );
      for (const [index, [a, b, list]] of cases.entries()) {
        expect(words(outputs[index] as Buffer)).toEqual([a, `--x=${b}`, a + b, `/${a}/`, ...list, `${b}x`]);
      }
    },
  );
});

describe.each(posixShells)("quotes that are left out, in $name", (shell) => {
  // What is written behind a redirection makes other names of it.
  const folder = mkdtempSync(join(tmpdir(), "redirected-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const literal = fc.constantFrom(
    ..." ;|=/:.,-+@%aA1~*?[]{}!",
    ...["$HOME", "{a,", "[a-", `>${folder}/o`, "2>&1 ", "if", "w", "'s t'", '"d q"', "\\\\'", "$(echo x)", "x=", "--x=", "\n"],
  );
  const value = fc.constantFrom<unknown>(
    ..."aA1~*-/",
    "",
    "if",
    "hile",
    "x=y",
    "FOO",
    "a b",
    "it's",
    2,
    true,
    ["a", "b"],
    "1.2:3",
  );
  const template = fc.array(fc.tuple(fc.array(literal, { maxLength: 3 }), value), { minLength: 1, maxLength: 4 });

  it.skipIf(shell.missing)(`mean the same${shell.missing === undefined ? "" : ` (skipped: ${shell.missing})`}`, () => {
    const cases = fc.sample(fc.tuple(template, literal), 120).flatMap(([parts, last]) => {
      const strings = [...parts.map(([literals]) => literals.join("")), last];
      const values = parts.map(([, one]) => one);
      try {
        return [{ lean: renderTemplate(strings, values), full: strings.map((one, at) => one + inQuotes(values[at])).join("") }];
      } catch {
        return [];
      }
    });
    const scripts = (kind: "lean" | "full"): string[] =>
      cases.flatMap((one) => [`printf '%s\\0' ${one[kind]}`, one[kind]].map(inEval));
    const [lean, full] = [runEach(shell, scripts("lean")), runEach(shell, scripts("full"))];
    expect(cases.length).toBeGreaterThan(60);
    expect(cases.filter(({ lean, full }) => lean.length < full.length).length).toBeGreaterThan(10);
    expect(scripts("lean").filter((_, at) => !lean[at]?.equals(full[at] as Buffer))).toEqual([]);
  });
});

/** Errors of syntax too. Their texts differ: they show the quotes. */
function inEval(text: string): string {
  return `(PATH=${nowhere}; eval ${quote(` ${text}`)}) 2>/dev/null; echo $?`;
}

function inQuotes(value: unknown): string {
  if (value === undefined) return "";
  return (Array.isArray(value) ? value : [value]).map((one) => quote(String(one))).join(" ");
}
