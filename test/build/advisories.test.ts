import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askAdvisories } from "../support/advisories.ts";

describe("asking for advisories", () => {
  const folder = mkdtempSync(join(tmpdir(), "fake-advisories-"));
  const sbom = join(folder, "sbom.cdx.json");
  let server: Server;
  let answer: readonly [number, string];
  let asked: { url?: string | undefined; body: string };
  const registry = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/npm`;
  beforeAll(async () => {
    const components = [
      { name: "yargs", version: "18.2.0" },
      { group: "@simple-git", name: "argv-parser", version: "2.0.1" },
    ];
    writeFileSync(sbom, JSON.stringify({ components }));
    server = createServer(async (request, response) => {
      asked = { url: request.url, body: await text(request) };
      response.writeHead(answer[0]).end(answer[1]);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  const found = { severity: "high", title: "Reads too far", url: "https://example.org/1", vulnerable_versions: "<99" };
  it.each([
    ["none", 200, "{}", 0, "No advisories on the"],
    ["one", 200, JSON.stringify({ yargs: [found] }), 1, "yargs@18.2.0 (<99): high: Reads too far\n  https://example.org/1\n"],
    ["a registry that does not know", 405, "", 2, "Not checked: http://127.0.0.1:"],
    ["something else", 200, "[1]", 2, "it is not an answer about advisories"],
    ["a page", 200, "<html>", 2, "Not checked: "],
  ])("hears of %s", async (_what, status, body, code, words) => {
    answer = [status, body];
    const outcome = await askAdvisories(sbom, registry());
    expect(outcome).toEqual({ code, said: expect.stringContaining(words) });
    expect(asked.url).toBe("/npm/-/npm/v1/security/advisories/bulk");
    expect(JSON.parse(asked.body)).toEqual({ yargs: ["18.2.0"], "@simple-git/argv-parser": ["2.0.1"] });
  });
});
