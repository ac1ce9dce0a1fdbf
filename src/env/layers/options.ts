import { Secret } from "../../command/secret.ts";
import type { Problem } from "../../errors.ts";
import { suggest } from "../../suggest.ts";
import type { OptionSetting } from "../definition.ts";
import { isReserved } from "../reserved.ts";
import { createFailure } from "../resolve/failure.ts";
import type { LayerValue } from "../resolve/state.ts";
import { describeDeclared } from "../resolve/value-checker.ts";
import { createLayerValue, type Layers, type LayerValues } from "./layers.ts";
import { isSecretSource, readOption } from "./option-value.ts";

/** The settings of `-s`, and what is wrong with them. */
export interface OptionSettings {
  readonly sources: LayerValues;
  readonly problems: readonly Problem[];
}

/** `own`: the settings of the hosts of the run. Of several `-s` for a key the last counts. */
export function createOptions(options: readonly OptionSetting[], layers: Layers, own: readonly LayerValues[]): OptionSettings {
  const sources = new Map<string, LayerValue>();
  const problems: Problem[] = [];
  const known = knownKeys(layers, own);
  for (const [key, option] of new Map(options.map((one) => [one.key, one]))) {
    if (isReserved(key)) {
      problems.push({ message: `\`${key}\` (-s) means something else on an env, so it cannot be set.`, subject: key });
      continue;
    }
    if (!known.has(key)) problems.push(unknownOption(key, known));
    const declared = layers.declarations.get(key);
    const others = othersOf(key, layers, own);
    // A value is judged with those of all layers.
    const value =
      "raw" in option ? readOption(option.raw, declared, others) : ({ ok: true, value: hide(option.value, others) } as const);
    if (value.ok) sources.set(key, optionSource(key, value.value));
    else {
      const text = `\`${key}\` (-s) is not right: ${value.wrong}.`;
      const hint = value.hint ?? describeDeclared(declared);
      problems.push({ message: text, subject: key, hint });
      sources.set(key, {
        ...optionSource(key, undefined),
        plain: createFailure({ code: "SETTING_INVALID", text, chain: [key], hint }),
      });
    }
  }
  return { sources, problems };
}

function optionSource(key: string, value: unknown): LayerValue {
  return createLayerValue(key, value, { layer: "option", name: undefined, where: undefined });
}

/** What is a secret elsewhere is one here too. */
function hide(value: unknown, others: readonly LayerValue[]): unknown {
  return typeof value === "string" && others.some(isSecretSource) ? new Secret(value) : value;
}

function othersOf(key: string, layers: Layers, own: readonly LayerValues[]): readonly LayerValue[] {
  const all = [...own, ...layers.roles.values(), layers.deployfile, layers.defaults];
  return all.flatMap((sources) => sources.get(key) ?? []);
}

function knownKeys(layers: Layers, own: readonly LayerValues[]): ReadonlySet<string> {
  const all = [layers.declarations, layers.deployfile, ...layers.roles.values(), ...own];
  return new Set(all.flatMap((layer) => [...layer.keys()]));
}

function unknownOption(key: string, known: ReadonlySet<string>): Problem {
  const close = suggest(key, known);
  return {
    message: `\`${key}\` (-s) is not a setting: nothing declares or sets it.`,
    subject: key,
    hint: close === undefined ? "`fake env` lists the settings of a role." : `Did you mean \`${close}\`?`,
  };
}
