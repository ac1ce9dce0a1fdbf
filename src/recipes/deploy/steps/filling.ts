import { command, currentOf, pathsOf, stateOf } from "../context.ts";
import { copyFromLive } from "../copied.ts";
import { findEarlier, isBuilt } from "../resume.ts";
import { readTagged } from "../tagged-lines.ts";
import { makeWritable } from "../writable.ts";
import type { Steps } from "./step.ts";

/** What a release gets beside what the revision has. Each sends nothing where its setting is empty. */
export const fillingSteps = {
  "deploy:copy-dirs": {
    desc: "Copy directories of the live release into the new one, if copyDirs is set",
    commands(t) {
      const { copyDirs: dirs, copyDirsBy: way, releaseId: id } = t.env;
      const from = t.dryRun ? "<the live release>" : currentOf(t)?.id;
      if (dirs.length === 0 || from === undefined || from === id || isBuilt(findEarlier(stateOf(t), id))) return [];
      return [command(t, `copy ${dirs.join(", ")}`, copyFromLive(pathsOf(t), t.runId, { id, from, dirs, way }))];
    },
    receive(t, [result]) {
      const said = readTagged(result?.stdout ?? "");
      for (const path of said("kept")) t.log.info(`${path} is in the revision, which is kept: nothing is copied there.`);
      for (const path of said("link")) t.log.warn(`${path} is a link in the live release: it is not copied.`);
    },
    sendAhead: true,
    states: [],
  },
  "deploy:writable-dirs": {
    desc: "Let the application write into directories of the release, if writableDirs is set",
    commands(t) {
      const { writableDirs: dirs, linkedDirs, writableBy: by, releaseId: id } = t.env;
      if (dirs.length === 0 || isBuilt(findEarlier(stateOf(t), id))) return [];
      return [command(t, `make writable ${dirs.join(", ")}`, makeWritable(pathsOf(t), id, { dirs, linkedDirs, by }))];
    },
  },
} satisfies Steps;
