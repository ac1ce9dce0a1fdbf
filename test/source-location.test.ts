import { describe, expect, it } from "vitest";
import { callerLocation, findInStack, lazyCallerLocation } from "../src/source-location.ts";

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

describe("callerLocation", () => {
  it("is this file for a call from a test, because tests are no part of the package", () => {
    expect(callerLocation()?.file).toMatch(/test\/source-location\.test\.ts$/);
  });

  it("looks past deep frames that are to be ignored", () => {
    const deep = (depth: number): ReturnType<typeof callerLocation> => (depth === 0 ? callerLocation([here()]) : deep(depth - 1));
    expect(deep(20)?.file).not.toBe(`${here()}/source-location.test.ts`);
  });

  it("leaves the limit of stack traces as it was", () => {
    const before = Error.stackTraceLimit;
    callerLocation();
    lazyCallerLocation();
    expect(Error.stackTraceLimit).toBe(before);
  });
});

describe("lazyCallerLocation", () => {
  it("says the same as the eager one, as plain data", () => {
    const [lazy, eager] = [lazyCallerLocation(), callerLocation()];
    expect({ file: lazy.file, line: lazy.line }).toEqual({ file: eager?.file, line: eager?.line });
    expect(JSON.parse(JSON.stringify(lazy))).toMatchObject({ file: eager?.file, line: eager?.line });
  });

  it("is unknown when every frame is ignored", () => {
    expect(lazyCallerLocation(["/", ""])).toMatchObject({ file: "(unknown)", line: 0 });
  });
});

function here(): string {
  return import.meta.dirname;
}
