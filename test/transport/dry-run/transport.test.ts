import { expect, it } from "vitest";
import { fakeHost } from "../../../src/testing.ts";
import { createDryRunTransport } from "../../../src/transport/dry-run/transport.ts";

it("starts no process in a dry run: nobody is there to answer", async () => {
  const signal = new AbortController().signal;
  const connection = await createDryRunTransport().connect(fakeHost("app1"), { signal, after: undefined });
  await expect(connection.open({ script: "cat" })).rejects.toMatchObject({ name: "UsageError", code: "DRY_RUN_CHANNEL" });
});
