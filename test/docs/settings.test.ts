/** `docs/settings.md` is what is declared: `npm run docs` writes it. */
import { expect, it } from "vitest";
import { entryPoints } from "../../src/cli/package/entry-points.ts";
import { CORE_SETTINGS } from "../../src/dsl/core-settings.ts";
import { createApp } from "../../src/dsl/create-app.ts";
import { createEntryPoints } from "../../src/loader/entry-points.ts";
import { drawFacts, drawSettings } from "./reference.ts";

const { recipes, createRecipe } = createEntryPoints(entryPoints, "0.0.0");

/** What a recipe that ships with us declares. */
async function sectionsOf(name: string): Promise<string> {
  const { app, seal } = createApp();
  app.use(await createRecipe(name));
  const declared = [...seal().declarations].map(([key, { declaration }]) => [key, declaration] as const);
  const own = declared.filter(([key]) => !Object.hasOwn(CORE_SETTINGS, key));
  const facts = own.filter(([, { kind }]) => kind === "fact");
  const settings = `## With the ${name} recipe\n\n${drawSettings(own.filter(([, { kind }]) => kind === "setting"))}`;
  if (facts.length === 0) return settings;
  return `${settings}
## Facts of the ${name} recipe

What its tasks find out or decide while a run goes on. Read them as any setting: \`env.${facts[0]?.[0]}\`.

${drawFacts(facts)}`;
}

it("docs/settings.md lists the settings that are declared", async () => {
  const page = `# Settings

Written by \`npm run docs\` from the declarations in the code, which also validate what you set.

Set them for all hosts with \`env.set({ keepReleases: 3 })\`, for a role or a host next to its name, and for one run with
\`-s keepReleases=3\`. \`fake env -R <role>\` shows what holds on each host, and where it was set. A default that is a function is
called when it is first read. More in [Env and roles](env-and-roles.md).

## In every deployfile

${drawSettings(Object.entries(CORE_SETTINGS))}
${(await Promise.all(recipes.map(sectionsOf))).join("\n")}`;
  await expect(page).toMatchFileSnapshot("../../docs/settings.md");
});
