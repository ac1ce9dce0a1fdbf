/**
 * Properties of parsers, tried with many bad inputs. In the suite: always the same cases. With `npm run test:fuzz`: many more, from a
 * seed that is printed; `FUZZ_SEED=N npm run test:fuzz` tries them again.
 */
import { randomInt } from "node:crypto";
import { basename } from "node:path";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { afterAll, expect } from "vitest";
import { FakeError } from "../../src/errors.ts";

const SEED = 20261121;
const isAsked = process.env["FUZZ_SCALE"] !== undefined;
const scale = Number(process.env["FUZZ_SCALE"] ?? "1");
const seed = Number(process.env["FUZZ_SEED"] ?? (isAsked ? randomInt(2 ** 31) : SEED));

/** Cases that were tried in this file. */
let tried = 0;

afterAll(() => {
  if (isAsked) process.stderr.write(`fuzz: ${tried} cases in ${basename(expect.getState().testPath ?? "")}, FUZZ_SEED=${seed}\n`);
});

interface FuzzOptions<T> {
  /** Cases in the suite. */
  readonly runs?: number;
  /** What failed once: tried first, always. */
  readonly seeds?: readonly T[];
}

/** Holds for every input, or fails with the smallest one that was found. */
export function fuzz<T>(
  inputs: fc.Arbitrary<T>,
  holds: (input: T) => void,
  { runs = 1000, seeds = [] }: FuzzOptions<T> = {},
): void {
  fc.assert(
    fc.property(inputs, (input) => {
      tried++;
      holds(input);
    }),
    parameters(runs, seeds),
  );
}

/** `fuzz` for what takes its time. */
export async function fuzzAsync<T>(
  inputs: fc.Arbitrary<T>,
  holds: (input: T) => Promise<void>,
  { runs = 100, seeds = [] }: FuzzOptions<T> = {},
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(inputs, async (input) => {
      tried++;
      await holds(input);
    }),
    parameters(runs, seeds),
  );
}

function parameters<T>(runs: number, seeds: readonly T[]): fc.Parameters<[T]> {
  return { seed, numRuns: runs * scale, examples: seeds.map((input): [T] => [input]) };
}

/** What `parse` gives; undefined where it refuses the input in the words of `fake`. Any other error is a bug, and is thrown. */
export function orRefused<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof FakeError) return undefined;
    throw error;
  }
}

/** Longer than any input that is sent on purpose: what takes the square of it in steps never ends. */
export const HUGE = 1_000_000;

/** Runs to its end, or is ended: a limit for what takes the square of its input, not a measurement. */
export function endsSoon<T>(work: () => T): T {
  return runInNewContext("work()", { work }, { timeout: 20_000 }) as T;
}

/** Pieces that parsers look for, put together as nobody would. */
export function soup(...words: readonly string[]): fc.Arbitrary<string> {
  const piece = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...words) },
    fc.string({ maxLength: 4 }),
    fc.string({ unit: "binary", maxLength: 3 }),
  );
  return fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(""));
}

/** A right text with something done to it: cut, doubled, or with a piece of another put in. */
export function mutated(texts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const change = fc.tuple(fc.nat(), fc.nat(9), fc.string({ unit: "binary", maxLength: 3 }));
  return fc.tuple(texts, fc.array(change, { minLength: 1, maxLength: 4 })).map(([text, changes]) =>
    changes.reduce((now, [where, length, piece]) => {
      const at = now.length === 0 ? 0 : where % now.length;
      return now.slice(0, at) + piece + now.slice(at + length);
    }, text),
  );
}

/** All that a terminal acts upon, and marks that reorder text; a newline and a tab are neither. */
export const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
