/** `docs/settings.md` is what the deploy recipe declares: `npm run docs` writes it. */
import { expect, it } from "vitest";
import { createApp } from "../../src/app/create-app.ts";
import { drawReference } from "../../src/env/reference/reference.ts";
import { deploy } from "../../src/recipes/deploy/index.ts";

const head = `# Settings of the deploy recipe

Written by \`npm run docs\` from the declarations in \`src/recipes/deploy/settings.ts\`, which also validate what you set.

Set them for all hosts with \`env.set({ keepReleases: 3 })\`, for a role or a host next to its name, and for one run with
\`-s keepReleases=3\`. \`fake env -R <role>\` shows what holds on each host, and where it was set. A default that is a function is
called when it is first read. Facts are what tasks state while a run goes on: read them as any setting. More in
[Env and roles](env-and-roles.md).

`;

it("docs/settings.md lists the settings that the deploy recipe declares", async () => {
  const { app, seal } = createApp();
  app.use(deploy());
  const declarations = [...seal().declarations].map(([key, { declaration }]) => [key, declaration] as const);
  await expect(head + drawReference(declarations)).toMatchFileSnapshot("../../docs/settings.md");
});
