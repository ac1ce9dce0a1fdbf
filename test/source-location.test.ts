import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { type SourceLocation, TaskError } from "../src/errors.ts";
import { callerOf, findInStack, lazyCallerLocation, locate, whereOf } from "../src/source-location.ts";

const here = import.meta.filename;

const frames = (...lines: string[]): string => ["Error", ...lines.map((line) => `    at ${line}`)].join("\n");

describe("findInStack", () => {
  const ours = ["/lib/fake/dist"];

  it.each([
    ["a named frame", "Object.task (/lib/fake/dist/a.js:1:1)", "deploy (/srv/deployfile.ts:12:5)", "/srv/deployfile.ts"],
    ["a frame without a name", "file:///lib/fake/dist/a.js:1:1", "/srv/deployfile.ts:12:5", "/srv/deployfile.ts"],
    [
      "a file URL",
      "task (file:///lib/fake/dist/a.js:1:1)",
      "file:///srv/my%20app/deployfile.ts:12:5",
      "/srv/my app/deployfile.ts",
    ],
    ["a file URL with a query", "node:internal/modules/run:1:1", "file:///srv/deployfile.mjs?t=1:12:5", "/srv/deployfile.mjs"],
    ["an async frame", "Array.map (<anonymous>)", "async /srv/deployfile.ts:12:5", "/srv/deployfile.ts"],
    ["a path with parentheses", "native", "new Recipe (/srv/app (copy)/deployfile.ts:12:5)", "/srv/app (copy)/deployfile.ts"],
    [
      "a method under another name",
      "a (node:internal/x:1:1)",
      "Object.task [as run] (/srv/deployfile.ts:12:5)",
      "/srv/deployfile.ts",
    ],
    ["a Windows path", "task (/lib/fake/dist/a.js:1:1)", "x (C:\\srv\\deployfile.ts:12:5)", "C:\\srv\\deployfile.ts"],
  ])("reads %s and passes over ours, node's and nameless ones", (_, passed, found, file) => {
    expect(findInStack(frames(passed, found, "x (/srv/other.ts:1:1)"), ours)).toEqual({ file, line: 12, column: 5 });
  });

  it("is undefined when no frame is outside", () => {
    expect(findInStack(frames("task (/lib/fake/dist/a.js:1:1)", "x (node:vm:1:1)"), ours)).toBeUndefined();
  });

  it("does not take a folder with a longer name for ours", () => {
    expect(findInStack(frames("x (/lib/fake/dist-of-mine/a.js:3:1)"), ours)?.file).toBe("/lib/fake/dist-of-mine/a.js");
  });

  it("is not fooled by a message that looks like a frame", () => {
    expect(findInStack(`Error: at x (/etc/passwd:1:1)\n    at y (/srv/deployfile.ts:2:1)`, ours)?.file).toBe(
      "/srv/deployfile.ts",
    );
  });
});

describe("lazyCallerLocation", () => {
  it("is this file for a call from a test, because tests are no part of the package", () => {
    expect(lazyCallerLocation().file).toBe(here);
  });

  it("looks past deep frames that are to be ignored", () => {
    const deep = (depth: number): SourceLocation => (depth === 0 ? lazyCallerLocation([import.meta.dirname]) : deep(depth - 1));
    expect(deep(20).file).not.toBe(here);
  });

  it("is plain data", () => {
    const lazy = lazyCallerLocation();
    expect(JSON.parse(JSON.stringify(lazy))).toEqual({ file: here, line: lazy.line, column: lazy.column });
  });

  it("leaves the limit of stack traces as it was", () => {
    const before = Error.stackTraceLimit;
    lazyCallerLocation();
    callerOf(before.toFixed);
    expect(Error.stackTraceLimit).toBe(before);
  });

  it("is unknown when every frame is ignored", () => {
    expect(lazyCallerLocation(["/", ""])).toMatchObject({ file: "(unknown)", line: 0 });
  });
});

describe("callerOf", () => {
  it("finds the line that called the verb, past what the verb itself called", () => {
    const verb = (): (() => SourceLocation | undefined) => (() => callerOf(verb))();
    const [found, next] = [verb()(), lazyCallerLocation()];
    expect(found).toMatchObject({ file: here, line: next.line });
  });
});

describe("whereOf", () => {
  const stackOf = (message: string, ...lines: string[]): Error =>
    Object.assign(new Error(message), { stack: `Error: ${message}\n${frames(...lines).slice(6)}` });

  it("is the innermost line of the user's own files, also where a package of theirs threw", () => {
    const error = stackOf(
      "no",
      "x (/srv/node_modules/pg/client.js:9:1)",
      "y (/srv/lib/helper.ts:6:3)",
      "z (/srv/deployfile.ts:2:1)",
    );
    expect(whereOf(error)).toMatchObject({ file: "/srv/lib/helper.ts", line: 6 });
  });

  it("is a line of a package where there is no other", () => {
    expect(whereOf(stackOf("no", "x (/srv/node_modules/pg/client.js:9:1)"))).toMatchObject({ line: 9 });
  });

  it("is not fooled by a message of several lines", () => {
    const error = stackOf("no\n    at x (/etc/passwd:1:1)", "y (/srv/deployfile.ts:2:1)");
    expect(whereOf(error)).toMatchObject({ file: "/srv/deployfile.ts", line: 2 });
  });

  it("is what the error says, before what its stack says", () => {
    const where = { file: "/srv/deployfile.ts", line: 3 };
    expect(whereOf(new TaskError("no", { where }))).toBe(where);
  });

  it("is nothing for an error without a stack", () => {
    expect(whereOf(Object.assign(new Error("no"), { stack: undefined }))).toBeUndefined();
  });
});

describe("locate", () => {
  const where = { file: "/srv/deployfile.ts", line: 3 };
  const ours = (): Error =>
    Object.assign(new Error("no"), { stack: `Error: no\n    at x (${resolve(import.meta.dirname, "../src/x.ts")}:1:1)` });

  it("notes the line where our own code threw", () => {
    expect(whereOf(locate(ours(), () => where) as Error)).toBe(where);
  });

  it("leaves an error of the user's own code, one that knows better and what is no error as they are", () => {
    const [own, placed] = [new Error("no"), new TaskError("no", { where: { file: "/srv/other.ts", line: 1 } })];
    expect(whereOf(locate(own, () => where) as Error)?.file).toBe(here);
    expect(whereOf(locate(placed, () => where) as Error)?.file).toBe("/srv/other.ts");
    expect(locate("no", () => where)).toBe("no");
  });

  it("leaves a frozen error as it is", () => {
    const error = Object.freeze(ours());
    expect(locate(error, () => where)).toBe(error);
  });
});
