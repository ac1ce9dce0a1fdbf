import { expect, test } from "vitest";
import { createLauncher } from "../../src/execution/launcher.ts";
import type { PutGetOptions, SyncOptions } from "../../src/process/transfer-options.ts";

const problem = (message: string, hint?: string): unknown =>
  expect.objectContaining({
    problems: [expect.objectContaining({ message: expect.stringContaining(message), ...(hint === undefined ? {} : { hint }) })],
  });

test.each([
  [{ fsnyc: false }, 'A put has no option "fsnyc".', 'Did you mean "fsync"?'],
  [{ delete: true }, 'A put has no option "delete".', undefined],
  [{ fsync: "no" }, "must be true or false", undefined],
  [{ onProgress: true }, "must be a function", undefined],
  [{ timeout: -1 }, "must be a duration", undefined],
])("put: refuses %j before anything starts", (options, message, hint) => {
  expect(() => createLauncher().put("host1", "a", "b", options as PutGetOptions)).toThrow(problem(message, hint));
});

test.each([
  [{ exlude: "a" }, 'A sync has no option "exlude".', 'Did you mean "exclude"?'],
  [{ delete: "yes" }, "must be true or false"],
  [{ exclude: [3] }, "cannot have 3: it is no pattern"],
  [{ exclude: "/" }, "is no pattern"],
  [{ exclude: ["ok", "!kept"] }, "patterns only leave out"],
  [{ exclude: "a/**/b" }, "counts in all directories"],
  [{ exclude: "../other" }, "leads out of the directory"],
])("sync: refuses %j before anything starts", (options, message, hint?: string) => {
  expect(() => createLauncher().sync("host1", "a", "b", options as SyncOptions)).toThrow(problem(message, hint));
});
