import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { drawColumns } from "../../columns.ts";
import { UsageError } from "../../errors.ts";
import { matchesGlob } from "../../glob.ts";
import type { Prompter } from "../../runner/prompter.ts";
import { didYouMean } from "../../suggest.ts";

/** A recipe that `fake init` can put into a deployfile: a file of `templates/recipes`. */
export interface Offer {
  /** As it is imported: `fake-deploy/recipes/NAME`. */
  readonly name: string;
  /** In a few words, for whoever is asked. */
  readonly what: string;
  /** Files of a project that wants it; `*` and `?` stand for parts of a name in its top folder. @default none: it is for whoever asks for it */
  readonly found?: readonly string[] | undefined;
  /** It restarts the application: the example of a restart is left out. @default false */
  readonly restarts?: boolean | undefined;
  /** It makes a release ready to run: no commands are written for that. @default false */
  readonly builds?: boolean | undefined;
  /** Lines of a deployfile in TypeScript. */
  readonly code: string;
  /** Lines of the settings in YAML. @default none */
  readonly yaml: string;
}

/** Reads what there is: first a line of JSON, then TypeScript and, behind a line `---`, settings in YAML. */
export function readOffers(folder: string): readonly Offer[] {
  const files = readdirSync(folder).filter((name) => name.endsWith(".template"));
  return files.sort().map((file) => {
    const [script = "", yaml = ""] = readFileSync(join(folder, file), "utf8").split(/^---\n/m);
    const end = script.indexOf("\n");
    const about = JSON.parse(script.slice(0, end)) as Omit<Offer, "name" | "code" | "yaml">;
    return { name: file.replace(/\.template$/, ""), ...about, code: script.slice(end + 1), yaml };
  });
}

/** The file for which a project wants this recipe. */
export function findReason({ found = [] }: Offer, folder: string): string | undefined {
  const names = readdirSync(folder);
  return found
    .flatMap((wanted) => (/[*?]/.test(wanted) ? names.filter((name) => matchesGlob(wanted, name)) : [wanted]))
    .find((name) => existsSync(join(folder, name)));
}

/**
 * Which of them go into the deployfile: those that are named, or else what a person answers, or else those that the project wants.
 * @param named names, or `none` alone; undefined when nothing was said
 * @throws UsageError for a name that is none
 */
export async function chooseOffers(
  offers: readonly Offer[],
  {
    folder,
    named,
    prompter,
  }: { readonly folder: string; readonly named: readonly string[] | undefined; readonly prompter: Prompter | undefined },
): Promise<readonly Offer[]> {
  const reasons = new Map(offers.map((offer) => [offer, findReason(offer, folder)]));
  const fitting = offers.filter((offer) => reasons.get(offer) !== undefined);
  if (named !== undefined) return pickByName(named, offers);
  if (prompter === undefined || offers.length === 0) return fitting;
  const rows = offers.map((offer) => {
    const reason = reasons.get(offer);
    return [`  ${offer.name}`, offer.what, ...(reason === undefined ? [] : [`found ${reason}`])];
  });
  const names = fitting.map(({ name }) => name).join(",") || NONE;
  const answer = await prompter.ask(`${drawColumns(rows)}Recipes to begin with, or ${NONE}`, { default: names });
  return pickByName(
    answer.split(/[\s,]+/).filter((name) => name !== ""),
    offers,
  );
}

const NONE = "none";

function pickByName(named: readonly string[], offers: readonly Offer[]): readonly Offer[] {
  const known = offers.map(({ name }) => name);
  const wanted = named.filter((name) => name !== NONE);
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    const near = unknown.length === 1 ? didYouMean(unknown[0] ?? "", known) : undefined;
    throw new UsageError("UNKNOWN_RECIPE", `No recipe is called ${unknown.map((name) => JSON.stringify(name)).join(", ")}.`, {
      hint: near ?? `There are: ${known.join(", ")}.`,
    });
  }
  return offers.filter(({ name }) => wanted.includes(name));
}
