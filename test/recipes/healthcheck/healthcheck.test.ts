import { existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { App } from "../../../src/index.ts";
import { healthcheck } from "../../../src/recipes/healthcheck/index.ts";
import { createDeployRig, type DeployRig, type Run } from "../deploy/deploy-rig.ts";

let rig: DeployRig;
let server: Server;
let url: string;
/** What the application answers, one after another; the last one again and again. */
let answers: readonly (readonly [status: number, body: string, headers?: Readonly<Record<string, string>>])[];
let asked: number;
/** The release that is well whatever the answers are. */
let well: string | undefined;

beforeEach(async () => {
  rig = createDeployRig(["app1", "app2"]);
  rig.repo.commit({ "index.txt": "v1" }, "v1");
  answers = [[200, "fine"]];
  asked = 0;
  well = undefined;
  server = createServer((_, response) => {
    if (well !== undefined && ["app1", "app2"].every((host) => rig.current(host) === well)) {
      response.end(`it's "fine" *`);
      return;
    }
    const [status, body, headers = {}] = answers[Math.min(asked++, answers.length - 1)] ?? [500, ""];
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/health`;
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  rig.remove();
});

const deploy = (settings: object, more: Parameters<DeployRig["run"]>[1] = {}): Promise<Run> => {
  rig.clock.now += 60_000;
  const deployfile = (app: App): void => {
    app.use(healthcheck());
    more.deployfile?.(app);
  };
  return rig.run("deploy", { ...more, deployfile, settings: { healthcheckTimeout: "2s", ...settings } });
};
const one = { options: {}, hostSettings: {} };

describe.each(["host", "here"])("asked from %s", (healthcheckFrom) => {
  it("waits until the answer is good", async () => {
    answers = [
      [503, "starting"],
      [200, "fine"],
    ];
    const { failures } = await deploy({ healthcheckUrl: url, healthcheckFrom, healthcheckBody: "fine" });
    expect(failures).toEqual([]);
    expect(asked).toBeGreaterThanOrEqual(3);
  });

  it.each([
    ["a status", {}, [503, ""], "status 503"],
    [
      "a redirection",
      {},
      [302, "", { Location: "http://elsewhere.example.com/" }],
      "status 302, leads to http://elsewhere.example.com/",
    ],
    [
      "a text that is missing",
      { healthcheckBody: 'it\'s "fine" *' },
      [200, "it is not"],
      `the answer does not have the text "it's \\"fine\\" *"`,
    ],
    ["a status that was not meant", { healthcheckStatus: "200-204,401" }, [205, ""], "status 205"],
  ] as const)("goes back for %s, and says what it was", async (_, settings, answer, why) => {
    expect((await deploy({ healthcheckUrl: url, healthcheckFrom })).failures).toEqual([]);
    const before = rig.current("app1");
    well = before;
    answers = [answer];
    const { failures } = await deploy({ healthcheckUrl: url, healthcheckFrom, ...settings });
    expect([...failures].sort()).toEqual(
      ["app1", "app2"].map((host) => `${host} healthcheck:wait: The release is not well: ${url}: ${why}`),
    );
    expect([rig.current("app1"), rig.current("app2")]).toEqual([before, before]);
  });

  it("takes what was meant for a good answer", async () => {
    answers = [[401, 'say who you are: it\'s "fine" *']];
    const settings = {
      healthcheckStatus: "200-204,401",
      healthcheckBody: 'it\'s "fine" *',
      healthcheckHeaders: { Host: "it's.example.com" },
    };
    expect((await deploy({ healthcheckUrl: url, healthcheckFrom, ...settings })).failures).toEqual([]);
  });

  it("asks whether a port is listened on", async () => {
    const listening = createTcpServer((socket) => socket.end());
    await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
    const address = `tcp://127.0.0.1:${(listening.address() as AddressInfo).port}`;
    expect((await deploy({ healthcheckUrl: [url, address], healthcheckFrom })).failures).toEqual([]);
    await new Promise((resolve) => listening.close(resolve));
    const { failures } = await deploy({ healthcheckUrl: [url, address], healthcheckFrom });
    expect(failures.join()).toContain(
      healthcheckFrom === "host" ? `${address}: nothing listens there` : `${address}: connect ECONNREFUSED`,
    );
  });

  it("stays with it for the bake time, and goes back at the first bad answer", async () => {
    answers = [
      [200, "fine"],
      [200, "fine"],
      [500, "out of memory"],
    ];
    const { failures } = await deploy({ healthcheckUrl: url, healthcheckFrom, healthcheckBake: "30s" });
    expect(failures.join()).toContain(`after it was healthy: ${url}: status 500`);
    answers = [[200, "fine"]];
    const begin = Date.now();
    expect((await deploy({ healthcheckUrl: url, healthcheckFrom, healthcheckBake: "2s" })).failures).toEqual([]);
    expect(Date.now() - begin).toBeGreaterThanOrEqual(1000);
  });
});

describe("a health check", () => {
  it("runs behind restarts that are hooked on later, and says where it was not asked to look", async () => {
    const order: string[] = [];
    const deployfile = ({ task, after }: App): void =>
      after(
        "deploy:finished",
        task("restart", (t) => void order.push(`restart ${t.host.name} ${asked}`)),
      );
    await deploy({ healthcheckUrl: url }, { ...one, deployfile });
    expect(order.sort()).toEqual(["restart app1 0", "restart app2 0"]);
    expect(asked).toBe(2);
    expect((await deploy({})).warnings.join()).toContain("Nothing is asked how the release does");
  });

  it("asks what a rollback brought back, and stays there", async () => {
    await deploy({ healthcheckUrl: url });
    await deploy({ healthcheckUrl: url });
    const before = rig.releases("app1")[0];
    answers = [[500, ""]];
    const deployfile = (app: App): void => void app.use(healthcheck());
    const { failures } = await rig.run("rollback", { deployfile, settings: { healthcheckUrl: url, healthcheckTimeout: "1s" } });
    expect([...failures].sort()).toEqual(
      ["app1", "app2"].map((host) => expect.stringContaining(`${host} healthcheck:wait: The release is not well`)),
    );
    expect([rig.current("app1"), rig.current("app2")]).toEqual([before, before]);
  });

  it("waits longer than a limit for commands, where it was told to", async () => {
    answers = [
      [503, ""],
      [503, ""],
      [503, ""],
      [503, ""],
      [200, ""],
    ];
    expect(
      (await deploy({ healthcheckUrl: url, healthcheckTimeout: "20s", commandTimeout: "1500ms" })).failures.join(),
    ).not.toContain("healthcheck");
  });

  it("refuses a header that curl would take for a file", async () => {
    await expect(deploy({ healthcheckUrl: url, healthcheckHeaders: { "@/etc/hostname": "x" } })).resolves.toMatchObject({
      failures: expect.arrayContaining([expect.stringContaining("is no name of a header")]),
    });
  });

  it("runs a command in what is live, which has to succeed", async () => {
    expect((await deploy({ healthcheckCommand: 'test "$(cat index.txt)" = v1' })).failures).toEqual([]);
    const { failures } = await deploy({ healthcheckCommand: "echo it is v1; exit 3", healthcheckRollback: false });
    expect(failures.join()).toContain("`echo it is v1; exit 3` ended with 3: it is v1");
  });

  it("goes back only for what is not well, and not for a check that was stopped", async () => {
    await deploy({ healthcheckUrl: url });
    const before = rig.current("app1");
    answers = [[503, "starting"]];
    const stop = (listen: (signal: "SIGINT", count: number) => void): (() => void) => {
      const timer = setInterval(() => {
        if (asked > 4) listen("SIGINT", 1);
      }, 50);
      return () => clearInterval(timer);
    };
    const { result } = await deploy(
      { healthcheckUrl: url, healthcheckTimeout: "60s" },
      { options: { interrupts: { onInterrupt: stop } } },
    );
    expect(result.exitCode).toBe(130);
    expect(rig.current("app1")).not.toBe(before);
  });

  it("leaves the release live where it is not to go back", async () => {
    await deploy({ healthcheckUrl: url });
    const before = rig.current("app1");
    answers = [[500, ""]];
    expect((await deploy({ healthcheckUrl: url, healthcheckRollback: false })).failures).toHaveLength(2);
    expect(rig.current("app1")).not.toBe(before);
  });

  it("costs one round trip", async () => {
    await deploy({ healthcheckUrl: url });
    const warm = await deploy({ healthcheckUrl: url });
    rig.clock.now += 60_000;
    const without = await rig.run("deploy");
    expect((warm.flights["app1"] ?? 0) - (without.flights["app1"] ?? 0)).toBeLessThanOrEqual(1);
  });

  it("says before a host is changed that it cannot ask", async () => {
    const bin = join(rig.folder, "bin");
    mkdirSync(bin);
    for (const folder of ["/usr/bin", "/bin"])
      for (const name of readdirSync(folder))
        if (name !== "curl") if (!existsSync(join(bin, name))) symlinkSync(join(folder, name), join(bin, name));
    const deployfile = ({ env }: App): void => env.set({ environment: { PATH: bin } });
    const { failures } = await deploy({ healthcheckUrl: url }, { deployfile });
    expect([...failures].sort()).toEqual(
      ["app1", "app2"].map((host) => `${host} healthcheck:check: The health check needs curl, which this host does not have.`),
    );
    expect(rig.current("app1")).toBeUndefined();
  });
});

describe("a trial", () => {
  const start = `node -e "require('node:http').createServer((q, r) => r.writeHead(Number(process.env.CODE || 200)).end('new')).listen(process.env.PORT, '127.0.0.1')"`;
  const freePort = async (): Promise<number> => {
    const probe = createTcpServer();
    await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    return port;
  };
  const trial = async (command: string, healthcheckTrialPort: number): Promise<Run> =>
    await deploy(
      { healthcheckTrialCommand: command, healthcheckTrialPort, healthcheckBody: "new" },
      { options: { parallel: 1 } as never },
    );

  it("starts the release beside the live one, asks it, and leaves nothing of it", async () => {
    const port = await freePort();
    const { failures } = await trial(start, port);
    expect(failures).toEqual([]);
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
    expect(existsSync(join(rig.root("app1"), "current/.healthcheck.log"))).toBe(false);
  });

  it("switches nothing where it is not well, and shows the end of what it printed", async () => {
    for (const [command, why] of [
      [`echo broken as it is; CODE=500 ${start}`, "status 500"],
      ["echo broken as it is; exit 1", "it ended by itself"],
    ] as const) {
      const { failures } = await trial(command, await freePort());
      expect(failures.join()).toContain(why);
      expect(failures.join()).toContain("broken as it is");
      expect(rig.current("app1")).toBeUndefined();
    }
  });

  it("does not take what listens there already for the release", async () => {
    const { port } = server.address() as AddressInfo;
    expect((await trial(start, port)).failures.join()).toContain(`something else listens on port ${port}`);
  });
});
