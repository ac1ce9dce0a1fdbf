import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { buildProgram } from "../support/program.ts";

it("async settings which differ on each host take no more work for each where hosts are ten times as many", async () => {
  const program = await buildProgram("settings-of-many-hosts");
  try {
    // What a compiler has made its own is not counted.
    const printed = execFileSync(process.execPath, ["--jitless", "--no-expose-wasm", program.path], { encoding: "utf8" });
    for (const [few, many] of JSON.parse(printed)) expect(many).toBeLessThan(1.1 * few);
  } finally {
    program.remove();
  }
});
