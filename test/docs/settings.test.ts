/** `docs/settings.md` is what is declared: `npm run docs` writes it. */
import { expect, it } from "vitest";
import { createApp } from "../../src/dsl/create-app.ts";
import { LOGIN_SETTINGS } from "../../src/dsl/login-settings.ts";
import { drawFacts, drawSettings } from "../../src/env/reference/reference.ts";
import { deploy } from "../../src/recipes/deploy/index.ts";

it("docs/settings.md lists the settings that are declared", async () => {
  const { app, seal } = createApp();
  app.use(deploy());
  const all = [...seal().declarations].map(([key, { declaration }]) => [key, declaration] as const);
  const ofDeploy = all.filter(([key]) => !Object.hasOwn(LOGIN_SETTINGS, key));
  const page = `# Settings

Written by \`npm run docs\` from the declarations in the code, which also validate what you set.

Set them for all hosts with \`env.set({ keepReleases: 3 })\`, for a role or a host next to its name, and for one run with
\`-s keepReleases=3\`. \`fake env -R <role>\` shows what holds on each host, and where it was set. A default that is a function is
called when it is first read. More in [Env and roles](env-and-roles.md).

## In every deployfile

${drawSettings(all.filter(([key]) => Object.hasOwn(LOGIN_SETTINGS, key)))}
## With the deploy recipe

${drawSettings(ofDeploy.filter(([, { kind }]) => kind === "setting"))}
## Facts of the deploy recipe

What its tasks find out or decide while a run goes on. Read them as any setting: \`env.releasePath\`.

${drawFacts(ofDeploy.filter(([, { kind }]) => kind === "fact"))}`;
  await expect(page).toMatchFileSnapshot("../../docs/settings.md");
});
