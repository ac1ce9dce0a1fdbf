import { createApp } from "../../dsl/create-app.ts";
import type { DeclaredSetting } from "../../env/definition.ts";
import { createEnv } from "../../env/env.ts";
import { toCode } from "../../env/values/describe.ts";
import { askNobody, placeholderOf } from "../../prepare/target.ts";
import { deploy } from "../../recipes/deploy/index.ts";

export type TemplateLanguage = "ts" | "yaml";

/** What is known of the project, for the settings that must be set. */
export type KnownSettings = Readonly<Record<string, string | undefined>>;

/** Every setting of the deploy recipe, from its own declarations: what must be set is set, everything else is commented out. */
export async function describeSettings(language: TemplateLanguage, known: KnownSettings): Promise<string> {
  const mark = language === "ts" ? "//" : "#";
  const indent = language === "ts" ? "    " : "  ";
  const all = (await userSettings()).map(([key, { declaration }]) => {
    const isSet = declaration.required !== false || known[key] !== undefined;
    const written = defaultOf(declaration.default, language);
    const value = known[key] ?? declaration.example ?? written ?? '"..."';
    const line = language === "ts" ? `${key}: ${value},` : `${key}: ${value}`;
    // A line with the default itself says it already.
    const note =
      isSet || value === written ? "" : ` (default: ${written ?? (declaration.default === undefined ? "none" : "worked out")})`;
    return { isSet, lines: [`${mark} ${declaration.desc}${note}`, isSet ? line : `${mark} ${line}`] };
  });
  const ordered = [...all.filter(({ isSet }) => isSet), ...all.filter(({ isSet }) => !isSet)];
  return ordered.map(({ lines }) => lines.map((line) => `${indent}${line}`).join("\n")).join("\n");
}

/** Those that are a matter of taste: not what only a run finds out. */
async function userSettings(): Promise<readonly (readonly [string, DeclaredSetting])[]> {
  const { app, seal } = createApp();
  app.use(deploy());
  const sealed = seal();
  const required = [...sealed.declarations].filter(([, { declaration }]) => declaration.required !== false);
  const options = required.map(([key, { declaration }]) => ({ key, raw: textOf(declaration.example) }));
  const env = createEnv(askNobody(sealed.env(options)), { hosts: [], placeholders: true }).forRun();
  const isKnown = async (key: string): Promise<boolean> => {
    return await env.get(key).then(
      (value) => value !== placeholderOf(key),
      () => true,
    );
  };
  const found = await Promise.all([...sealed.declarations].map(async (entry) => ((await isKnown(entry[0])) ? [entry] : [])));
  return found.flat();
}

/** An example is written as code: `"/srv/shop"`. */
function textOf(example: string | undefined): string {
  return (example ?? "").replace(/^"(.*)"$/, "$1");
}

/** The default as it would be written: data has no functions. */
function defaultOf(value: unknown, language: TemplateLanguage): string | undefined {
  return typeof value === "function" && language !== "ts" ? undefined : toCode(value);
}
