import { defineDeployfile } from "fake-deploy";
import { deploy } from "fake-deploy/recipes/deploy";

export default defineDeployfile(({ env, role, task, after, use }) => {
  const { finished } = use(deploy());

  env.set({
    application: "shop",
    user: "deployer",
    repoUrl: "git@example.com:shop/app.git",
    deployPath: (env) => `/srv/${env.application}`,
    linkedDirs: ["uploads"],
    linkedFiles: [".env"],
  });

  role("staging", { hosts: ["staging.example.com"], branch: "staging" });
  role("production", { hosts: ["app1.example.com", "app2.example.com"], branch: "main" });

  const restart = task("restart", "Restart the app", async ({ run, env }) => {
    await run`sudo systemctl restart ${env.application}`;
  });
  after(finished, restart);
});
