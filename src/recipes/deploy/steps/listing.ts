import { hostname } from "node:os";
import * as z from "zod/mini";
import { script } from "../../../index.ts";
import { command, pathsOf, stateCommand, strategyOf } from "../context.ts";
import { listReleases } from "../listing.ts";
import { breakLock, inspectLock } from "../lock.ts";
import { parseOwner } from "../lock-owner.ts";
import { tellFinished } from "../skip-same.ts";
import { parseState } from "../state.ts";
import type { Steps } from "./step.ts";

export const listingSteps = {
  "deploy:releases": {
    desc: "State the fact `releases`",
    hidden: true,
    readOnly: true,
    commands: (t) => [stateCommand(t)],
    receive(t, [result]) {
      t.env.set("releases", listReleases(parseState(result?.stdout ?? "", pathsOf(t))));
    },
  },
  "deploy:lock-owner": {
    desc: "State the fact `lockOwner`",
    hidden: true,
    readOnly: true,
    commands: (t) => [command(t, "read the lock", inspectLock(pathsOf(t)), { quiet: true })],
    receive(t, [result]) {
      t.env.set("lockOwner", parseOwner(result?.stdout ?? "") ?? null);
    },
  },
  "deploy:look": {
    desc: "State the facts `releaseState` and `lockOwner`, for a dry run",
    hidden: true,
    readOnly: true,
    args: z.object({
      revision: z.optional(z.string()).check(z.describe("What the strategy is asked about: empty while that is not known")),
    }),
    commands(t) {
      const { revision } = t.args;
      const context = { host: t.host.id, run: t.runId, env: t.env, paths: pathsOf(t), revision: revision ?? "" };
      const probe = revision === undefined ? undefined : strategyOf(t).probe?.(context);
      const asked = script(tellFinished(pathsOf(t)).script, probe?.script ?? "");
      return [stateCommand(t, asked), command(t, "read the lock", inspectLock(pathsOf(t)), { quiet: true })];
    },
    receive(t, [state, lock]) {
      t.env.set("releaseState", parseState(state?.stdout ?? "", pathsOf(t)));
      t.env.set("lockOwner", parseOwner(lock?.stdout ?? "") ?? null);
    },
  },
  "deploy:unlock-force": {
    desc: "Break the lock, whoever holds it",
    hidden: true,
    args: z.object({ run: z.optional(z.string()).check(z.describe("Only the lock of this run")) }),
    commands(t) {
      const by = `${t.env.localUser}@${hostname()}`;
      return [command(t, "break the lock", breakLock(pathsOf(t), t.runId, by, t.args.run))];
    },
    receive(t, [result]) {
      const owner = parseOwner(result?.stdout ?? "");
      t.env.set("lockOwner", owner ?? null);
      if (owner !== undefined) t.log.changed(`broke the lock of ${owner.user || "somebody"}`);
    },
  },
} satisfies Steps;
