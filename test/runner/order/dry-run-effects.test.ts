import { exec, execFileSync, spawn } from "node:child_process";
import dgram from "node:dgram";
import { lookup } from "node:dns";
import { createWriteStream, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdir, open, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import tls from "node:tls";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shown } from "./shown-functions.ts";

const FREE = "Free: nobody listens there.";
let server: http.Server;
let port = 0;
let requests = 0;
const folder = mkdtempSync(join(tmpdir(), "fake-dry-"));
const file = join(folder, "written");

beforeAll(async () => {
  server = http.createServer((_, response) => {
    requests += 1;
    response.end(FREE);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as { port: number }).port;
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("what a function in a dry run would do outside of the process does not happen:", () => {
  const effects: readonly (readonly [string, () => unknown, RegExp])[] = [
    ["fetch", () => fetch(`http://127.0.0.1:${port}/hook`, { method: "POST" }), /send a request to 127\.0\.0\.1:\d+$/],
    ["a request", () => http.get({ host: "127.0.0.1", port }), /send a request to|open a connection to/],
    ["a request without an agent", () => http.get({ host: "127.0.0.1", port, agent: false }), /send a request|open a connection/],
    ["a socket", () => connect(port, "127.0.0.1"), /open a connection to 127\.0\.0\.1:\d+$/],
    ["a socket of the machine", () => connect(join(folder, "socket")), /open a connection to .*socket$/],
    ["a socket with TLS", () => tls.connect(port, "127.0.0.1"), /open a connection to 127\.0\.0\.1:\d+$/],
    ["a server", () => http.createServer().listen(0), /listen for connections$/],
    ["a datagram", () => dgram.createSocket("udp4").send("x", port, "127.0.0.1"), /send a datagram$/],
    ["a question to a name server", () => lookup("localhost", () => {}), /ask a name server for localhost$/],
    ["a program", () => spawn("touch", [file]), /run touch .*written$/],
    ["a shell", () => exec(`touch ${file}`), /run .*touch .*written$/],
    ["a program that is waited for", () => execFileSync("touch", [file]), /run touch .*written$/],
    [
      "a thread",
      () => new Worker(`require("node:fs").writeFileSync(${JSON.stringify(file)}, "")`, { eval: true }),
      /start a thread$/,
    ],
    ["a file", () => writeFileSync(file, "x"), /write .*written$/],
    ["a file, later", () => writeFile(file, "x"), /write .*written$/],
    ["a file that is opened", () => openSync(file, "w"), /write .*written$/],
    ["a file that is opened later", () => open(file, "a"), /write .*written$/],
    ["a stream to a file", () => createWriteStream(file).end("x"), /write .*written$/],
    ["a directory", () => mkdir(file), /write .*written$/],
    ["a removal", () => rm(folder, { recursive: true }), /write .*fake-dry-/],
    ["a signal", () => process.kill(process.pid, "SIGTERM"), /send a signal to process \d+$/],
    ["a module that nothing holds back", () => process.getBuiltinModule("node:wasi"), /load node:wasi$/],
    ["another directory", () => process.chdir("/"), /change to the directory \/$/],
  ];

  it.each(effects)("%s", async (_, effect, what) => {
    const lines = await shown(async (t) => {
      await t.run`before`;
      await sleep(1);
      await effect();
      await t.run`after`;
    });
    expect(lines).toEqual(["web1 $ before", expect.stringMatching(what)]);
    expect(lines[1]).toMatch(/^… it stops here in a dry run: it would /);
    expect([existsSync(folder), existsSync(file), requests]).toEqual([true, false, 0]);
  });

  it.each(effects)("%s, also where the function catches that", async (_, effect) => {
    await shown(async (t) => {
      try {
        await effect();
      } catch {}
      try {
        await effect();
      } catch {}
      await t.run`never`;
    });
    await sleep(20);
    expect([existsSync(folder), existsSync(file), requests]).toEqual([true, false, 0]);
  });

  it("but it reads files, and what runs elsewhere in the process goes on", async () => {
    const lines = await shown(async (t) => {
      await t.run`a ${readFileSync(import.meta.filename, "utf8").length > 0}`;
    });
    expect(lines).toEqual(["web1 $ a true"]);
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe(FREE);
    writeFileSync(join(folder, "other"), "x");
    expect(execFileSync("cat", [join(folder, "other")], { encoding: "utf8" })).toBe("x");
  });
});
