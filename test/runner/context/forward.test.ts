import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Tunnel } from "../../../src/process/forward/forward.ts";
import { failures, rig } from "../rig.ts";
import { type OnHost, onHost } from "./on-host.ts";

let host: OnHost;
let service: Server;
beforeAll(async () => {
  host = await onHost();
  service = createServer((socket) => socket.on("error", () => undefined).end("the service\n")).listen(0, "127.0.0.1");
  await once(service, "listening");
});
afterAll(async () => {
  service.close();
  await host.remove();
});

const to = (): number => (service.address() as AddressInfo).port;
const read = ({ port }: Tunnel): Promise<string> => text(connect(port, "127.0.0.1"));

describe("a port of a task", () => {
  it("leads through the task's host, and is closed with the task or with the run", async () => {
    let ofTask: Tunnel | undefined;
    let ofRun: Tunnel | undefined;
    const seen: unknown[] = [];
    const result = await host.work(
      async (t) => {
        ofTask = await t.forward({ to: to() });
        ofRun = await t.within("/").forward({ to: to(), scope: "run" });
        expect([ofTask.host?.name, await read(ofTask), await read(ofRun)]).toEqual(["web1", "the service\n", "the service\n"]);
      },
      ({ task, after }) => {
        const later = task("later", async () => {
          seen.push(await read(ofTask as Tunnel).catch(({ code }) => code), await read(ofRun as Tunnel));
        });
        after("work", later);
      },
    );
    expect(failures(result)).toEqual([]);
    expect(seen).toEqual(["ECONNREFUSED", "the service\n"]);
    await expect(read(ofRun as Tunnel)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  it("warns of what comes to nothing", async () => {
    const gone = createServer().listen(0, "127.0.0.1");
    await once(gone, "listening");
    const { port } = gone.address() as AddressInfo;
    gone.close();
    const heard: string[] = [];
    const result = await host.work(async (t) => {
      const tunnel = await t.forward({ to: port, onProblem: ({ message }) => heard.push(message) });
      for (let time = 0; time < 2; time++) await read(tunnel).catch(() => undefined);
      expect(() => tunnel.address.port).not.toThrow();
    });
    expect(failures(result)).toEqual([]);
    const texts = result.rig.events.flatMap((event) => (event.kind === "message" && event.level === "warn" ? [event.text] : []));
    expect(texts).toEqual([`Nothing accepts connections on localhost:${port}, as web1 sees it.`]);
    expect(heard).toEqual(texts);
  });

  it("that is none fails the task", async () => {
    const busy = await host.work((t) => t.forward({ to: 80, listen: to() }).then(() => undefined));
    expect(failures(busy)).toEqual([expect.stringContaining(`127.0.0.1:${to()} is taken`)]);
    const wrong = await host.work((t) => t.forward({ to: 80, scope: "host" as "run" }).then(() => undefined));
    expect(failures(wrong)).toEqual([expect.stringContaining('not "host"')]);
  });

  it("of a dry run is told, and ends the look where it would be used", async () => {
    const made = rig(
      (app) => {
        app.task("work", async (t) => {
          const tunnel = await t.forward({ to: "db.internal:5432" });
          t.log.info("listens");
          await t.local.run`psql -p ${tunnel.port}`;
        });
      },
      { hosts: "web1", options: { dryRun: true } },
    );
    const result = await made.run("work");
    expect(failures(result)).toEqual([]);
    const told = JSON.stringify(made.events);
    expect(told).toContain("forward db.internal:5432");
    expect(told).toContain("the rest depends on the port that is forwarded");
  });
});
