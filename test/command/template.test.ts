import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { raw } from "../../src/command/quote.ts";
import { Secret } from "../../src/command/secret.ts";
import { renderTemplate } from "../../src/command/template.ts";
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
    expect(text`echo ${2}>file ${"FOO"}=x a${"if"} ${"a"}${"b"}`).toBe("echo '2'>file 'FOO'=x a'if' 'a''b'");
    expect(text`ls ${"/srv/app"}/current --file=${"x"}`).toBe("ls /srv/app/current --file=x");
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
