/** Sentences: which forms they have, and what each says. A line that has none of them, and a form that no line has, are mistakes too. */
import type { RunEvent } from "../../../src/runner/events.ts";
import { check, type Oracle } from "./oracle.ts";
import type { Scene } from "./scene.ts";
import type { Played } from "./worlds.ts";

/** All that a sentence is held to: what happened up to now. */
export interface Witness {
  readonly played: Played;
  readonly oracle: Oracle;
  readonly scene: Scene;
  /** What was told last. */
  readonly event: RunEvent;
  readonly shows: "plain" | "tree" | "dry run";
  /** What the lines above say that this one belongs to: a task, a failure. */
  readonly above: { task: string; hosts: readonly string[] };
}

/** Named parts of a sentence; empty where it does not have them. */
export type Said = Readonly<Record<string, string>>;

export interface Form {
  readonly words: RegExp;
  readonly holds: (said: Said, witness: Witness) => boolean;
}

export type Forms = Readonly<Record<string, Form>>;

export type Reader = ReturnType<typeof createReader>;

/** Reads lines, and remembers which forms it has met. */
export function createReader() {
  const met = new Set<Form>();
  return {
    /** @returns the name of the line's form */
    read(forms: Forms, line: string, witness: Witness): string {
      const found = Object.entries(forms).find(([, { words }]) => words.test(line));
      check(found !== undefined, `${witness.shows} says what no form has: ${JSON.stringify(line)}`);
      const [name, form] = found;
      const groups = Object.entries(form.words.exec(line)?.groups ?? {});
      const said: Said = new Proxy(Object.fromEntries(groups.map(([key, text]) => [key, text ?? ""])), {
        get: (parts, key: string) => parts[key] ?? "",
      });
      check(
        form.holds(said, witness),
        `${witness.shows} is wrong (${name}, after ${witness.event.kind}): ${JSON.stringify(line)}`,
      );
      met.add(form);
      return name;
    },
    neverMet: (...all: readonly Forms[]): readonly string[] =>
      all.flatMap((forms) => Object.entries(forms).flatMap(([name, form]) => (met.has(form) ? [] : name))),
  };
}

/** True when `0.4s`, `12s` or `1m 05s` is so many milliseconds. */
export function lasts(text: string, milliseconds: number): boolean {
  if (text === "<0.1s") return milliseconds < 50;
  const [, minutes = "0", seconds = "", tenths] = /^(?:(\d+)m )?(\d+)(\.\d)?s$/.exec(text) ?? [];
  const told = 1000 * (60 * Number(minutes) + Number(seconds + (tenths ?? "")));
  return seconds !== "" && Math.abs(told - milliseconds) <= (tenths === undefined ? 500.001 : 50.001);
}

/** True when the text names these, in any order: all of them, or some and how many more. */
export function names(text: string, wanted: Iterable<string>): boolean {
  const all = new Set(wanted);
  const [, list = text, more = "0"] = /^(.*) and (\d+) more$/.exec(text) ?? [];
  const told = list.split(", ");
  return told.every((name) => all.has(name)) && new Set(told).size === told.length && told.length + Number(more) === all.size;
}

/** True for `1 host`, `3 hosts`. */
export function counts(text: string, count: number): boolean {
  return text === (count === 1 ? "1 host" : `${count} hosts`);
}

/** True when something is said exactly where it is so. */
export function iff(said: string, is: boolean, right: () => boolean = () => true): boolean {
  return said === "" ? !is : is && right();
}
