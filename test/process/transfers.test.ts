import { expect, test } from "vitest";
import { createLauncher } from "../../src/execution/launcher.ts";
import type { PutGetOptions } from "../../src/process/transfers.ts";

test.each([
  [{ fsnyc: false }, 'A put has no option "fsnyc".', 'Did you mean "fsync"?'],
  [{ fsync: "no" }, "must be true or false", undefined],
  [{ onProgress: true }, "must be a function", undefined],
  [{ timeout: -1 }, "must be a duration", undefined],
])("refuses %j before anything starts", (options, message, hint) => {
  const problem = expect.objectContaining({ message: expect.stringContaining(message), ...(hint === undefined ? {} : { hint }) });
  expect(() => createLauncher().put("host1", "a", "b", options as PutGetOptions)).toThrow(
    expect.objectContaining({ problems: [problem] }),
  );
});
