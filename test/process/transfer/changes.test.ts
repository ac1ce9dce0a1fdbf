import { describe, expect, it, test } from "vitest";
import { type CompareHow, type FarEntry, findChanges } from "../../../src/process/transfer/changes.ts";
import { toExclusion } from "../../../src/process/transfer/exclude.ts";
import type { TreeEntry } from "../../../src/process/transfer/tree.ts";

/** `d` a directory, `d mode`, `f size time mode`, `l target`, `o` what is none of these. */
function parse(text: string): {
  readonly path: string;
  readonly type: TreeEntry["type"] | "other";
  readonly words: readonly string[];
} {
  const [path = "", type, ...words] = text.split(" ");
  return { path, type: type === "d" ? "directory" : type === "l" ? "link" : type === "o" ? "other" : "file", words };
}
function here(text: string): TreeEntry {
  const { path, type, words } = parse(text);
  const [size = "0", mtime = "1"] = type === "file" ? words : [];
  const mode = Number.parseInt(words[type === "file" ? 2 : 0] ?? "700", 8);
  const rest = { path, file: `/src/${path}`, mode, mtime: Number(mtime), size: Number(size) };
  return type === "link" ? { ...rest, type, mode: 0o777, target: words[0] } : { ...rest, type: type === "other" ? "file" : type };
}
const there = (text: string): FarEntry => ({ ...here(text), type: parse(text).type, target: here(text).target ?? "" });

const changes = (local: readonly string[], far: readonly string[], how: Partial<CompareHow> = {}): Record<string, unknown> => {
  const found = findChanges(local.map(here), far.map(there), {
    delete: false,
    isExcluded: () => false,
    isSame: (one, other) => one.mtime === other.mtime,
    ...how,
  });
  const paths = (entries: readonly TreeEntry[]): readonly string[] => entries.map(({ path }) => path);
  return { ...found, send: paths(found.send), mend: paths(found.mend) };
};
const nothing = { send: [], clear: [], remove: [], mend: [], same: 0 };

test.each<[string, string, string, object]>([
  ["the same", "a f 1 1", "a f 1 1", { same: 1 }],
  ["another size", "a f 1 1", "a f 2 1", { send: ["a"] }],
  ["another time", "a f 1 1", "a f 1 2", { send: ["a"] }],
  ["another mode", "a f 1 1 644", "a f 1 1 600", { same: 1, mend: ["a"] }],
  ["a link that leads elsewhere", "a l x", "a l y", { send: ["a"] }],
  ["the same link", "a l x", "a l x", {}],
  ["a link where a file is", "a l x", "a f 1 1", { send: ["a"] }],
  ["a file where a socket is", "a f 1 1", "a o", { send: ["a"] }],
  ["a directory of another mode", "a d 755", "a d 700", { mend: ["a"] }],
  ["a directory that its owner may not write to", "a d 555", "a d 755", {}],
])("%s", (_, local, far, expected) => {
  expect(changes([local], [far])).toEqual({ ...nothing, ...expected });
});

it("sends what is not there, and leaves what only is there", () => {
  expect(changes(["d d", "d/a f"], ["x f"])).toEqual({ ...nothing, send: ["d", "d/a"] });
});

it("times of the same content are put right", () => {
  expect(changes(["a f 1 1"], ["a f 1 2"], { isSame: () => true })).toEqual({ ...nothing, same: 1, mend: ["a"] });
});

describe("with delete", () => {
  it("removes what is not here, a directory as a whole", () => {
    const far = ["a f", "d d", "d/x f", "d/e d", "d/e/y f", "z f"];
    expect(changes(["a f"], far, { delete: true })).toEqual({ ...nothing, same: 1, remove: ["d", "z"] });
  });

  it("keeps what is excluded, all in it, and the directories that it is in", () => {
    const far = ["d d", "d/keep d", "d/keep/in f", "d/x f", "keep f", "e d"];
    expect(changes([], far, { delete: true, isExcluded: toExclusion(["keep"]) })).toEqual({ ...nothing, remove: ["d/x", "e"] });
  });

  it("clears what is in the way, and nothing of it twice", () => {
    const far = ["a d", "a/x f", "b f", "c l /outside"];
    expect(changes(["a f", "b d", "b/y f", "c d", "c/z f"], far, { delete: true })).toEqual({
      ...nothing,
      send: ["a", "b", "b/y", "c", "c/z"],
      clear: ["a", "b", "c"],
    });
  });

  it("clears no directory that holds what is excluded", () => {
    const far = ["a d", "a/keep f"];
    const how = { delete: true, isExcluded: toExclusion(["keep"]) };
    expect(() => changes(["a f"], far, how)).toThrow("In the way of something else: a (a directory there).");
  });
});

it.each([
  ["a f", "a d"],
  ["a d", "a f"],
  ["a d", "a l /outside"],
])("without delete, nothing makes way: %s for %s", (local, far) => {
  expect(() => changes([local], [far])).toThrow("In the way of something else");
});
