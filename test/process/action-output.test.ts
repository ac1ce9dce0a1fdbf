/** What an action hears of all of its processes. */
import { afterAll, expect, test } from "vitest";
import { createLauncher } from "../../src/execution/launcher.ts";
import { parallel, sequence } from "../../src/process/compound.ts";

const launcher = createLauncher();
afterAll(() => launcher.close());

test("tells what matches on any of its processes, of all of them where one says nothing", async () => {
  const steps = sequence([
    parallel([
      launcher.local("echo port 1; echo port 2", { stdin: "", each: { name: "two" } }),
      launcher.local("echo none", { stdin: "", each: { name: "none" } }),
    ]),
    launcher.local("echo port 3 >&2", { stdin: "", each: { name: "late" } }),
  ]);
  const first: string[] = [];
  const each: string[] = [];
  const errors: string[] = [];
  const stopped: string[] = [];
  steps.onMatch([/never/, /port (\d)/], ({ process, stream, match }) =>
    first.push(`${process.name} ${stream} ${match?.index} ${match?.groups[0]}`),
  );
  steps.onMatch(/port (\d)/, ({ process, match }) => each.push(`${process.name} ${match?.groups[0]}`), { repeat: true });
  steps.onMatch(/port (\d)/, ({ process, match }) => errors.push(`${process.name} ${match?.groups[0]}`), { stream: "stderr" });
  steps.onMatch("port", ({ process }) => stopped.push(process.name))();
  expect(() => steps.onMatch("", () => undefined)).toThrow(expect.objectContaining({ code: "BAD_PATTERN" }));
  await steps.run();
  await expect
    .poll(() => first.toSorted())
    .toEqual(["late stdout undefined undefined", "none stdout undefined undefined", "two stdout 1 1"]);
  expect(each.toSorted()).toEqual(["late undefined", "none undefined", "two 1", "two 2", "two undefined"]);
  expect(errors.toSorted()).toEqual(["late 3", "none undefined", "two undefined"]);
  expect(stopped).toEqual([]);
  expect(steps.ok).toBe(true);
});

test("tells what any of its processes prints, by chunk and by line, until that is enough", async () => {
  const both = parallel([
    launcher.local("echo one; cat", { each: { name: "a" } }),
    launcher.local("echo two >&2", { stdin: "", each: { name: "b" } }),
  ]);
  const lines: string[] = [];
  const text: Record<string, string> = { a: "", b: "" };
  const stop = both.onLine(({ process, stream, text, eof }) => lines.push(`${process.name} ${stream} ${eof ? "ends" : text}`));
  both.onOutput(({ process, text: chunk }) => {
    text[process.name] += chunk;
  });
  await both.start().processes[1]?.wait();
  await expect.poll(() => text).toEqual({ a: "one\n", b: "two\n" });
  stop();
  await both.end();
  await both.wait();
  expect(lines.toSorted()).toEqual(["a stdout one", "b stderr ends", "b stderr two", "b stdout ends"]);
});

test("waits for what each process says itself, or what the whole says", async () => {
  const cat = launcher.local("cat", { expectTimeout: 50 });
  const whole = parallel([cat], { expectTimeout: "10m", name: "whole" }).start();
  let isOver = false;
  const found = whole.expect("word").finally(() => {
    isOver = true;
  });
  expect((await cat.expect("other")).map(({ match }) => match)).toEqual([undefined]);
  expect(isOver).toBe(false);
  await whole.write("word\n");
  expect((await found).map(({ match }) => match?.text)).toEqual(["word"]);
  expect((await whole.expect("more", { timeout: 0 })).map(({ match }) => match)).toEqual([undefined]);
  await whole.end();
  await whole.wait();
});

test("can be given another name, and takes no option that there is not", () => {
  const action = launcher.local("true");
  action.name = "other";
  expect(action.name).toBe("other");
  const hint = (make: () => unknown): unknown => {
    try {
      return make();
    } catch (error) {
      return (error as { hint?: string }).hint;
    }
  };
  expect(hint(() => parallel([], { hidePart: true } as never))).toBe('Did you mean "hideParts"?');
  expect(hint(() => sequence([], { stopOnFailur: true } as never))).toBe('Did you mean "stopOnFailure"?');
});
