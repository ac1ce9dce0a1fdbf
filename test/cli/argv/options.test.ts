import { describe, expect, it } from "vitest";
import { Fault } from "../../../src/cli/argv/option-types.ts";
import { optionsOf } from "../../../src/cli/argv/options.ts";
import { parseInvocation } from "../../../src/cli/argv/parse-argv.ts";
import { addRecipeWords } from "../../../src/cli/argv/recipe-words.ts";
import { vocabulary as bare } from "../../../src/cli/argv/verbs.ts";
import { createApp } from "../../../src/dsl/create-app.ts";
import { deploy } from "../../../src/recipes/deploy/index.ts";

const { app, seal } = createApp();
app.use(deploy());
const vocabulary = addRecipeWords(bare, seal(), async () => async () => 0);
const verbs = [vocabulary.runVerb, ...vocabulary.verbs.filter(({ hidden }) => hidden !== true)];

const ANY = "debug help version";
const READS = `${ANY} file ssh-config`;
const HOSTS = `${READS} roles only hosts exclude where all set`;
const CONNECTS = `${HOSTS} non-interactive host-keys`;
const RECIPE = `${CONNECTS} json yes reporter verbose log-file parallel no-fuse`;

/** What each verb takes. Whatever is here does something: what it does is tested where the verb is. */
const TAKEN: Readonly<Record<string, string>> = {
  "": `${CONNECTS} parallel batch wait-between skip-unreachable dry-run no-fuse yes reporter verbose log-file timings json lock-wait lock-reason`,
  init: `${ANY} non-interactive with yaml`,
  demo: `${ANY} keep reporter verbose`,
  doctor: CONNECTS,
  tasks: `${READS} json`,
  rehearse: `${HOSTS} yes sample seed minutes case local on-hosts scratch repo json host-keys non-interactive`,
  plan: `${HOSTS} no-fuse batch flights`,
  graph: `${READS} format`,
  env: `${HOSTS} non-interactive json`,
  exec: `${CONNECTS} parallel wait-between skip-unreachable reporter verbose log-file json fold diff as timeout`,
  put: `${CONNECTS} skip-unreachable json timeout via fan-out`,
  get: `${CONNECTS} skip-unreachable json timeout`,
  sync: `${CONNECTS} skip-unreachable json timeout delete ignore checksum`,
  forward: `${CONNECTS} json listen reverse socks`,
  completion: ANY,
  releases: RECIPE,
  pending: RECIPE,
  lock: `${RECIPE} lock-reason`,
  unlock: RECIPE,
};

const sorted = (names: readonly string[]): string => names.toSorted().join(" ");

/** What an option goes with, where it does not stand alone. */
const BESIDE: Readonly<Record<string, readonly string[]>> = { json: ["--dry-run=connect"] };

/** One of these is right for any option. */
const EXAMPLES = ["x", "2", "5s", "a=b", "plain", "strict", "tree"];

describe("verbs and options", () => {
  it("go together where they mean something to each other", () => {
    const taken = Object.fromEntries(verbs.map((verb) => [verb.name, sorted(optionsOf(verb, vocabulary.options))]));
    expect(taken).toEqual(Object.fromEntries(Object.entries(TAKEN).map(([name, words]) => [name, sorted(words.split(" "))])));
  });

  it("are refused with a reason where they do not", () => {
    for (const verb of verbs) {
      const taken = optionsOf(verb, vocabulary.options);
      for (const [name, { type }] of vocabulary.options) {
        const option =
          type.isFlag === true ? `--${name}` : `--${name}=${EXAMPLES.find((text) => !(type.read(text) instanceof Fault))}`;
        const words = verb.name === "" ? ["deploy"] : [verb.name];
        const { problems } = parseInvocation([option, ...(BESIDE[name] ?? []), ...words], vocabulary);
        const told = problems.filter(({ subject }) => subject === name);
        if (taken.includes(name)) expect(told).toEqual([]);
        else
          expect(told.map(({ hint }) => hint)).toEqual([
            expect.stringMatching(/^[A-Z][^.]+\. `fake .*--help` lists what it takes\.$/),
          ]);
      }
    }
  });
});
