import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");

/** vitest finds names in CommonJS that node does not: a program that is made of the source as ESM fails at its first line. */
it("names that are imported from ssh2 are there for node", () => {
  const names = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).flatMap((path) => {
    if (!path.endsWith(".ts")) return [];
    const text = readFileSync(join(root, "src", path), "utf8");
    return [...text.matchAll(/^import (?!type\b)[^;]*?\{([^}]*)\} from "ssh2";/gm)].flatMap(([, list = ""]) =>
      list.split(",").flatMap((name) => (/^\s*type\s|^\s*$/.test(name) ? [] : [`${path}: ${name.trim()}`])),
    );
  });
  const tell = 'import("ssh2").then((all) => console.log(JSON.stringify(Object.keys(all))))';
  const there = JSON.parse(execFileSync(process.execPath, ["-e", tell], { cwd: root, encoding: "utf8" })) as string[];
  expect(there).toContain("Client");
  expect(names.filter((name) => !there.includes(name.split(": ")[1] ?? ""))).toEqual([]);
});
