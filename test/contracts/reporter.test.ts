import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { createLogFile } from "../../src/report/log-file.ts";
import { createReporter, reporterNames } from "../../src/report/pick.ts";
import { tee } from "../../src/report/tee.ts";
import { createClockwork } from "../report/clockwork.ts";
import { reporterContract } from "./reporter.ts";

const directory = mkdtempSync(join(tmpdir(), "reporters-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

for (const name of reporterNames) {
  reporterContract({
    name,
    async make(screen) {
      const { now, every, pass } = createClockwork();
      return {
        reporter: await createReporter(name, { screen, stdout: screen, verbosity: 0, now, every }),
        pass: () => pass(80),
      };
    },
  });
}

let files = 0;
const clock = (): Date => new Date(0);

reporterContract({
  name: "log file",
  make: async () => ({ reporter: createLogFile({ path: join(directory, `${++files}.log`), clock }), pass() {} }),
  read: () => readFileSync(join(directory, `${files}.log`), "utf8"),
});

reporterContract({
  name: "tee",
  async make(screen) {
    const { now, every, pass } = createClockwork();
    const options = { screen, stdout: screen, verbosity: 0, now, every } as const;
    return {
      reporter: tee([await createReporter("tree", options), await createReporter("quiet", options)]),
      pass: () => pass(80),
    };
  },
});
