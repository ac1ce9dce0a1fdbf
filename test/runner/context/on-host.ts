import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { App } from "../../../src/dsl/app.ts";
import type { TaskContext } from "../../../src/runner/context.ts";
import type { RunResult } from "../../../src/runner/result.ts";
import { createLocalTransport } from "../../../src/transport/local/transport.ts";
import { type Rig, rig } from "../rig.ts";

export interface OnHost {
  /** Where commands start, on a host that is this machine. */
  readonly folder: string;
  /** Runs a body as the task "work" on one host. */
  work(body: (t: TaskContext) => unknown, recipe?: (app: App) => void): Promise<RunResult & { readonly rig: Rig }>;
  remove(): Promise<void>;
}

/** This machine as a host with a folder of its own. */
export async function onHost(env = process.env): Promise<OnHost> {
  const folder = await mkdtemp(join(tmpdir(), "fake-shell-"));
  return {
    folder,
    async work(body, recipe = () => {}) {
      const local = createLocalTransport({ cwd: folder, env });
      const made = rig(
        (app) => {
          recipe(app);
          app.task("work", body);
        },
        { hosts: "web1", transport: local, localTransport: local },
      );
      return { ...(await made.run("work")), rig: made };
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
