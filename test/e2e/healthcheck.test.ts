/** A trial of a release is gone when the run is, however that ends. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, startStory } from "../support/story.ts";

const sshd = findSshd() !== undefined;

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });

describe.skipIf(!sshd)(`a release that is tried on a port of its own${sshd ? "" : ` (${SSHD_MISSING})`}`, () => {
  let story: Story;
  let port: number;

  beforeAll(async () => {
    story = await startStory(1);
    const probe = createServer();
    await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
    port = (probe.address() as { port: number }).port;
    await new Promise((resolve) => probe.close(resolve));
  });
  afterAll(() => story?.end());

  it.each(["SIGKILL", "SIGINT"] as const)("leaves nothing on the host where the run ends by %s", async (signal) => {
    const listen = `require("node:http").createServer((q, r) => r.writeHead(503).end()).listen(process.env.PORT, "127.0.0.1")`;
    const command = `(${process.execPath} -e '${listen}' & wait)`;
    const settings = { healthcheckTrialPort: port, healthcheckTimeout: "60s", healthcheckTrialCommand: command };
    story.deployfile(`use(healthcheck()); env.set(${JSON.stringify(settings)});`);
    const file = join(story.directory, "deployfile.ts");
    writeFileSync(file, `import { healthcheck } from "fake-deploy/recipes/healthcheck";\n${readFileSync(file, "utf8")}`);
    const run = story.start("-R all deploy");
    await vi.waitFor(async () => expect(await isFree(port)).toBe(false), { timeout: 30_000, interval: 100 });
    run.child.kill(signal);
    await vi.waitFor(async () => expect(await isFree(port)).toBe(true), { timeout: 30_000, interval: 200 });
    expect(execFileSync("ps", ["-eo", "args"], { encoding: "utf8" })).not.toContain(`listen(process.env.PORT, "127.0.0.1")`);
    await run.outcome;
  });
});
