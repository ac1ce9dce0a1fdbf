import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startRelay } from "../../src/rehearse/relay.ts";
import type { RunningFake } from "../support/fake.ts";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, startStory } from "../support/story.ts";

const sshd = findSshd() !== undefined;

describe.skipIf(!sshd)(`fake forward on real hosts${sshd ? "" : ` (${SSHD_MISSING})`}`, () => {
  let story: Story;
  let service: Server;
  let port: number;
  beforeAll(async () => {
    story = await startStory(2);
    service = createServer((socket) => socket.on("error", () => undefined).end("the service\n")).listen(0, "127.0.0.1");
    await once(service, "listening");
    ({ port } = service.address() as AddressInfo);
  });
  afterAll(async () => {
    service?.close();
    await story?.end();
  });

  /** Where it listens, once it says so. */
  async function listens(run: RunningFake): Promise<number> {
    let said = "";
    run.child.stdout?.on("data", (chunk: string) => {
      said += chunk;
    });
    await run.seen(" leads ");
    return Number(/^127\.0\.0\.1:(\d+) /.exec(said)?.[1]);
  }
  const read = (at: number): Promise<string> => text(connect(at, "127.0.0.1"));
  async function interrupted({ child, outcome }: RunningFake, signal: NodeJS.Signals = "SIGINT") {
    child.kill(signal);
    return await outcome;
  }

  it("says where it listens, leads there, and ends well at ctrl-C", async () => {
    const run = story.start(["forward", "-H", "host1", `localhost:${port}`]);
    const at = await listens(run);
    expect([await read(at), await read(at)]).toEqual(["the service\n", "the service\n"]);
    const { exitCode, stdout, stderr } = await interrupted(run);
    expect([exitCode, stdout, stderr]).toEqual([
      0,
      `127.0.0.1:${at} leads to localhost:${port}, through host1\n`,
      "forward: 2 connections.\n",
    ]);
    await expect(read(at)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  it("is JSON with --json: where it listens, what comes to nothing, and how it ended", async () => {
    const gone = createServer().listen(0, "127.0.0.1");
    await once(gone, "listening");
    const { port: away } = gone.address() as AddressInfo;
    gone.close();
    const run = story.start(["forward", "-H", "host1", "--json", `127.0.0.1:${away}`]);
    let said = "";
    run.child.stdout?.on("data", (chunk: string) => {
      said += chunk;
    });
    await run.seen("listening");
    const { address, ...more } = JSON.parse(said) as { address: { host: string; port: number } };
    const about = { host: "host1", to: { host: "127.0.0.1", port: away }, reverse: false, socks: false };
    expect([address.host, more]).toEqual(["127.0.0.1", { kind: "listening", ...about }]);
    await read(address.port).catch(() => undefined);
    const { exitCode, stdout, stderr } = await interrupted(run);
    expect([exitCode, stderr]).toEqual([0, ""]);
    const [, ...lines] = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
    expect(lines).toEqual([
      { kind: "problem", message: `Nothing accepts connections on 127.0.0.1:${away}, as host1 sees it.` },
      { kind: "closed", connections: 1, failed: 1 },
    ]);
  });

  it("leads from the host to here, and by SOCKS", async () => {
    const reverse = story.start(["forward", "-H", "host1", "--reverse", `${port}`]);
    expect(await read(await listens(reverse))).toBe("the service\n");
    const { exitCode, stdout } = await interrupted(reverse, "SIGTERM");
    expect([exitCode, stdout]).toEqual([143, expect.stringContaining(`on host1 leads here, to localhost:${port}`)]);
    const socks = story.start(["forward", "-H", "host1", "--socks"]);
    const client = connect(await listens(socks), "127.0.0.1");
    client.write(Buffer.from([4, 1, port >> 8, port & 255, 127, 0, 0, 1, 0]));
    expect(
      Buffer.from(await text(client))
        .subarray(-12)
        .toString(),
    ).toBe("the service\n");
    expect((await interrupted(socks)).exitCode).toBe(0);
  });

  it("refuses what is none, more than one host and a port that is taken", async () => {
    const refused = async (...words: string[]) => {
      const { exitCode, stdout, stderr } = await story.fake(["forward", ...words]);
      expect(stdout).toBe("");
      return [exitCode, stderr];
    };
    expect(await refused("-H", "host1")).toEqual([2, expect.stringContaining("one address")]);
    expect(await refused("-H", "host1", "--socks", "db:1")).toEqual([2, expect.stringContaining("takes no address")]);
    expect(await refused("-H", "host1", "db")).toEqual([2, expect.stringMatching(/^error: 'db' is no address/)]);
    const listen = [2, expect.stringMatching(/^error: --listen: '22x' is no address/)];
    expect(await refused("-H", "host1", "--listen", "22x", "db:1")).toEqual(listen);
    expect(await refused("-R", "all", "db:1")).toEqual([2, expect.stringContaining("these are 2: host1, host2.")]);
    const busy = [1, expect.stringContaining(`127.0.0.1:${port} is taken`)];
    expect(await refused("-H", "host1", "--listen", `${port}`, "db:1")).toEqual(busy);
  });

  it("warns once while the service is away", async () => {
    const gone = createServer().listen(0, "127.0.0.1");
    await once(gone, "listening");
    const { port: away } = gone.address() as AddressInfo;
    gone.close();
    const run = story.start(["forward", "-H", "host1", `127.0.0.1:${away}`]);
    const at = await listens(run);
    for (let time = 0; time < 2; time++) await read(at).catch(() => undefined);
    const { exitCode, stderr } = await interrupted(run);
    expect(exitCode).toBe(0);
    expect(stderr).toBe(
      `warning: Nothing accepts connections on 127.0.0.1:${away}, as host1 sees it.\nforward: 2 connections, 2 of them came to nothing.\n`,
    );
  });

  it("ends with 1 when the link is lost", async () => {
    const [host] = story.fleet.hosts;
    const relay = await startRelay(host?.port ?? 0);
    story.fleet.configure({ host1: [`Port ${relay.port}`, `HostKeyAlias [127.0.0.1]:${host?.port}`] });
    const run = story.start(["forward", "-H", "host1", `${port}`]);
    const at = await listens(run);
    expect(await read(at)).toBe("the service\n");
    relay.cut();
    const { exitCode, stderr } = await run.outcome;
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/^forward: 1 connection\.\nerror: .*lost/)]);
    await relay.stop();
    story.fleet.configure();
  });
});
