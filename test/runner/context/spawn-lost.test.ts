/** What a task has started for the whole run, when the host's connection is lost before that is over. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import type { TaskContext } from "../../../src/runner/context.ts";
import { createLocalTransport } from "../../../src/transport/local/transport.ts";
import { isAlive } from "../../support/alive.ts";
import { KILL_SERVER } from "../../support/kill-server.ts";
import { fleetTransport } from "../../support/ssh-host.ts";
import { findSshd, NO_SSHD, startSshdFleet } from "../../support/sshd.ts";
import { failures, rig } from "../rig.ts";

it.skipIf(findSshd() === undefined)(
  `ends with it, and says so: it is not begun again behind the task's back${NO_SSHD}`,
  async () => {
    const fleet = await startSshdFleet(1);
    const service = createServer().listen(0, "127.0.0.1");
    const transport = fleetTransport(fleet);
    const local = createLocalTransport();
    onTestFinished(async () => {
      service.close();
      await Promise.all([transport.close(), local.close()]);
      await fleet.stop();
    });
    const seen: unknown[] = [];
    const work = async (t: TaskContext): Promise<void> => {
      const watch = t.spawn("echo up; exec sleep 600", { scope: "run", name: "watch" });
      await watch.expect("up", { timeout: "20s" });
      const tunnel = await t.forward({ to: (service.address() as AddressInfo).port, scope: "run" });
      await t.spawn(KILL_SERVER, { stdin: "", accept: { error: true } }).wait();
      await Promise.all([watch.wait(), tunnel.closed]);
      seen.push(watch.state.state === "ended" && watch.state.how, watch.problems, (await tunnel.closed)?.name);
      // The commands of the run have another connection then.
      seen.push(await t.capture`echo again`);
      await expect.poll(() => watch.pid !== undefined && isAlive(watch.pid), { timeout: 20_000 }).toBe(false);
    };
    const made = rig((app) => void app.task("work", work), { hosts: "host1", transport, localTransport: local });
    expect(failures(await made.run("work"))).toEqual([]);
    expect(seen).toEqual(["lost", ["error"], "ConnectError", "again"]);
    const warned = made.events.flatMap((event) => (event.kind === "message" && event.level === "warn" ? [event.text] : []));
    const lost =
      /^(watch: )?The connection to \S+ was lost: the server closed it\.( It is made again when it is needed next\.)?$/;
    expect(warned.map((text) => text.match(lost)?.slice(1)).toSorted()).toEqual(
      [
        ["watch: ", undefined],
        [undefined, undefined],
        [undefined, " It is made again when it is needed next."],
      ].toSorted(),
    );
  },
);
