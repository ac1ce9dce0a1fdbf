// The job of the rig's other tools: file:// repository, one linked dir, one linked file, five releases kept.
import { env as process } from "node:process";
import { defineDeployfile } from "fake-deploy";
import { deploy } from "fake-deploy/recipes/deploy";

const hosts = Array.from({ length: Number(process.RIG_N ?? 1) }, (_, index) => `host${index + 1}`);

// Where all hosts share one file system, %h tells their homes apart.
const path = `${process.RIG_HOME}/www/${process.RIG_TOOL ?? "fake"}`;

export default defineDeployfile(({ env, role, task, before, after, use }) => {
  const steps = use(deploy());
  env.set({
    application: "rig",
    repoUrl: process.RIG_REPO_URL ?? "/nowhere",
    branch: process.RIG_BRANCH ?? "master",
    deployPath: path.includes("%h") ? (env) => path.replaceAll("%h", env.host.name) : path,
    linkedDirs: ["log"],
    linkedFiles: ["config/app.env"],
    keepReleases: 5,
  });
  role("rig", { hosts });
  const seq = task("seq", "100 commands, one after another", async ({ run }) => {
    for (let count = 0; count < 100; count++) await run`true`;
  });
  task("batch", "100 commands in one flight", async ({ batch, cmd }) => {
    await batch(Array.from({ length: 100 }, () => cmd`true`));
  });
  if (process.RIG_HOOKS === "functions") {
    before(
      steps.publishing,
      task("hook:before", async ({ run }) => void (await run`true`)),
    );
    after(
      steps.published,
      task("hook:after", async ({ run }) => void (await run`true`)),
    );
  }
  if (process.RIG_HOOKS === "commands") {
    before(steps.publishing, task("hook:before", { commands: (t) => [t.cmd`true`] }));
    after(steps.published, task("hook:after", { commands: (t) => [t.cmd`true`] }));
  }
  after(seq, task("seq:done", { hidden: true }));
});
