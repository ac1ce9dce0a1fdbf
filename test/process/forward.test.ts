import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createLauncher } from "../../src/execution/launcher.ts";
import type { Tunnel } from "../../src/process/forward/forward.ts";
import { readForward } from "../../src/process/forward/wish.ts";
import { startRelay } from "../../src/rehearse/relay.ts";
import { hasOpenssh } from "../support/openssh-transport.ts";
import { findSshd, NO_SSHD, noHostsReplaced, type SshdFleet, startSshdFleet } from "../support/sshd.ts";

/** Nobody else knows it: `.invalid` is no name on any network. */
const NAME = "db.fake.invalid";
const NO_HOSTS = noHostsReplaced === undefined ? "" : ` (${noHostsReplaced})`;
const transports = ["ssh", ...(hasOpenssh ? ["openssh"] : [])];

const problemsOf = (options: unknown): unknown => {
  try {
    return readForward(options as { readonly to: number });
  } catch (error) {
    return (error as { readonly problems: readonly { readonly message: string }[] }).problems.map(({ message }) => message);
  }
};

describe("what is to be forwarded", () => {
  it.each([
    [{ to: "db.internal:5432" }, { host: "db.internal", port: 5432 }, { host: "127.0.0.1", port: 0 }],
    [
      { to: 5432, listen: 80 },
      { host: "localhost", port: 5432 },
      { host: "127.0.0.1", port: 80 },
    ],
    [
      { to: "[::1]:80", listen: "0.0.0.0:8080" },
      { host: "::1", port: 80 },
      { host: "0.0.0.0", port: 8080 },
    ],
    [{ socks: true, listen: "1080" }, undefined, { host: "127.0.0.1", port: 1080 }],
  ] as const)("%j is taken", (options, to, listen) => {
    expect(problemsOf(options)).toEqual({ to, listen, reverse: false });
  });

  it.each([
    [{}, /needs an address/],
    [{ to: 80, socks: true }, /`to` or `socks`/],
    [{ socks: true, reverse: true }, /no SOCKS in reverse/],
    [{ to: "db.internal" }, /'db.internal' is no address/],
    [{ to: "db.internal:http" }, /is no address/],
    [{ to: "::1:80" }, /is no address/],
    [{ to: "a b:80" }, /neither a name nor an address/],
    [{ to: ":80" }, /neither a name nor an address/],
    [{ to: 0 }, /0 is not a port/],
    [{ to: 80, listen: 70_000 }, /70000 is not a port/],
    [{ to: 80, lisen: 1 }, /takes no "lisen"/],
    [{ to: 80, reverse: "yes" }, /reverse of forward is no boolean/],
    [{ to: 80, onProblem: "log" }, /onProblem of forward is no function/],
  ] as const)("%j is refused", (options, message) => {
    expect(problemsOf(options)).toEqual([expect.stringMatching(message)]);
  });

  it("is refused before anything is contacted, all at once", async () => {
    await using launcher = createLauncher();
    const wrong = launcher.forward("nowhere.invalid", { to: "db", listen: "x:y", port: 1 } as never);
    await expect(wrong).rejects.toMatchObject({ code: "BAD_FORWARD", problems: { length: 3 } });
  });
});

describe.skipIf(findSshd() === undefined)(`a port that is forwarded${NO_SSHD}`, () => {
  let directory: string;
  let fleet: SshdFleet;
  let service: Server;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "fake-forward-"));
    writeFileSync(join(directory, "hosts"), `127.0.0.1 localhost ${NAME}\n`);
    const hosts = noHostsReplaced === undefined ? join(directory, "hosts") : undefined;
    fleet = await startSshdFleet(1, { hosts });
    service = createServer((socket) => socket.on("error", () => undefined).end("the service\n")).listen(0, "127.0.0.1");
    await once(service, "listening");
  });
  afterAll(async () => {
    service.close();
    await fleet.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  const port = (): number => (service.address() as AddressInfo).port;
  const launch = (transport: string) =>
    createLauncher({ sshConfig: fleet.sshConfig, env: { PATH: process.env.PATH }, connect: { transport } });
  const read = (tunnel: Tunnel): Promise<string> => text(connect(tunnel.port, "127.0.0.1"));

  describe.each(transports)("over %s", (transport) => {
    it.skipIf(noHostsReplaced !== undefined)(`leads to a service by a name that only the host knows${NO_HOSTS}`, async () => {
      await using launcher = launch(transport);
      await using tunnel = await launcher.forward("host1", { to: `${NAME}:${port()}` });
      expect([tunnel.host?.name, tunnel.address.host]).toEqual(["host1", "127.0.0.1"]);
      expect(await read(tunnel)).toBe("the service\n");
      const here = connect(port(), NAME);
      expect(await once(here, "error")).toMatchObject([{ code: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/) }]);
    });

    it("ends loudly when the link is lost", async () => {
      const relay = await startRelay(fleet.hosts[0]?.port ?? 0);
      fleet.configure({ host1: [`Port ${relay.port}`, `HostKeyAlias [127.0.0.1]:${fleet.hosts[0]?.port}`] });
      await using launcher = launch(transport);
      const echo = createServer((socket) => socket.on("error", () => undefined).pipe(socket)).listen(0, "127.0.0.1");
      await once(echo, "listening");
      const told: string[] = [];
      const tunnel = await launcher.forward("host1", {
        to: (echo.address() as AddressInfo).port,
        onProblem: ({ error }) => told.push((error as { readonly code?: string }).code ?? ""),
      });
      const client = connect(tunnel.port, "127.0.0.1").on("error", () => undefined);
      client.write("through");
      await once(client, "data");
      relay.cut();
      expect(await tunnel.closed).toMatchObject({ code: "CONNECTION_LOST" });
      await vi.waitFor(() => expect(client.errored).toMatchObject({ code: "ECONNRESET" }), { timeout: 10_000 });
      expect([told, tunnel.connections]).toEqual([["CONNECTION_LOST"], 0]);
      expect(await once(connect(tunnel.port, "127.0.0.1"), "error")).toMatchObject([{ code: "ECONNREFUSED" }]);
      const again = await launcher.forward("host1", { to: port() });
      expect(await read(again)).toBe("the service\n");
      echo.close();
      fleet.configure();
      await launcher.close();
      expect(await again.closed).toBeUndefined();
      await relay.stop();
    });
  });

  it("is given up when it is aborted", async () => {
    await using launcher = launch("ssh");
    const reason = new Error("not wanted");
    await expect(launcher.forward("host1", { to: 80, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
