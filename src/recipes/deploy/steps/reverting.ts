import { pathsOf } from "../context.ts";
import { releasePath } from "../paths.ts";
import { pickTarget, remarksOn } from "../rollback.ts";
import type { Steps } from "./step.ts";

export const revertingSteps = {
  /** One target for all hosts, or none: then nothing is changed anywhere. */
  "deploy:revert-release": {
    desc: "Choose the release to go back to, the same on all hosts",
    local: true,
    run(t) {
      const hosts = t.hosts.map((host) => ({ host: host.id, state: t.on(host).env.releaseState }));
      const id = pickTarget(hosts, t.args.to);
      for (const remark of remarksOn(hosts, id)) t.log.warn(remark);
      t.env.setForRun("releaseId", id);
      for (const { host, state } of hosts) {
        const { env } = t.on(host);
        const revision = state.releases.find((release) => release.id === id)?.revision ?? "";
        env.set("releasePath", releasePath(pathsOf({ env }), id));
        if (revision !== "") env.set("revision", revision);
      }
    },
  },
} satisfies Steps;
