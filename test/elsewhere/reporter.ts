import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { arch, platform } from "node:os";
import { dirname } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { Reporter, TestCase, TestModule, TestSpecification, Vitest } from "vitest/node";
import { FAILS, type Outcome, writeDocument } from "./document.ts";
import type {} from "./outcome.ts";
import { versionOf } from "./versions.ts";

/** Writes the page from the outcomes of a run: the one that is kept only when all was run. */
export class ElsewhereReporter implements Reporter {
  #vitest: Vitest | undefined;
  #isWhole = false;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  async onTestRunStart(chosen: readonly TestSpecification[]): Promise<void> {
    const all = (await this.#vitest?.globTestSpecifications())?.length;
    this.#isWhole = chosen.length === all && this.#vitest?.config.testNamePattern === undefined;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const file = this.#isWhole ? "docs/elsewhere.md" : ".vitest/elsewhere.md";
    const tests = [...modules]
      .sort((one, other) => (one.moduleId < other.moduleId ? -1 : 1))
      .flatMap((module) => [...module.children.allTests()]);
    const machine = `${platform()} ${arch()}, node ${process.versions.node}`;
    const commit = git("rev-parse", "--short", "HEAD") + (git("status", "--porcelain", "src") === "" ? "" : "+");
    const date = new Date().toISOString().slice(0, 10);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, writeDocument({ commit, date, machine, outcomes: toOutcomes(tests) }));
    process.stdout.write(`${file} is written\n`);
  }
}

/** What a reporter sees of a test. */
interface Seen extends Pick<TestCase, "fullName"> {
  readonly module: { readonly relativeModuleId: string };
  meta(): ReturnType<TestCase["meta"]>;
  result(): { readonly state: string; readonly errors?: readonly { readonly message: string }[] | undefined };
}

/** Of test/support/other-servers.ts. */
const SERVERS = ["dropbear", "tinysshd", "AsyncSSH"];

/** Of tests that have a cell; of tests that name a server in their title; and of each shell how many tests pass that name it. */
export function toOutcomes(tests: readonly Seen[]): readonly Outcome[] {
  const others = tests.filter((test) => test.meta().outcome === undefined);
  const cells = tests.flatMap((test): Outcome[] => {
    const { outcome } = test.meta();
    const inSuite = test.module.relativeModuleId.startsWith("test/elsewhere/") ? "no" : "yes";
    return outcome === undefined ? [] : [{ ...outcome, says: sayOf(test, outcome.says), inSuite }];
  });
  const servers = SERVERS.flatMap((name) => {
    const own = others.filter((test) => namesPart(test.fullName, name));
    const version = own.length === 0 ? "" : versionOf(name);
    const part = { table: "servers", name, version, inSuite: "yes" } as const;
    return own.map((test): Outcome => ({ ...part, tried: nameless(test.fullName, name), says: sayOf(test, "yes") }));
  });
  const shells = new Map(cells.filter(({ table }) => table === "shells").map((cell) => [cell.name, cell]));
  const counts = [...shells.values()].flatMap((shell) => {
    const own = others.filter((test) => namesPart(test.fullName, shell.name));
    const [passed, failed] = ["passed", "failed"].map((state) => own.filter((test) => test.result().state === state));
    const all = (passed?.length ?? 0) + (failed?.length ?? 0);
    const titles = failed?.map(({ fullName }) => `; ${FAILS}: ${nameless(fullName, shell.name)}`).join("") ?? "";
    return all === 0 ? [] : [{ ...shell, ...COUNT, says: `${passed?.length} / ${all}${titles}` }];
  });
  return [...cells, ...servers, ...counts];
}

/** Of tests that name a shell. */
const COUNT = { tried: "the suite's own tests of scripts", inSuite: "in dash and busybox sh" };

/** A title as a sentence about any part. */
function nameless(title: string, name: string): string {
  const named = title.replaceAll(`'${name}'`, name).replace(/ \(skipped: .*$/, "");
  return named.replace(`: ${name}`, "").replace(name, "it").replaceAll(" > ", " ");
}

function sayOf(test: Seen, says: string): string {
  const { state, errors = [] } = test.result();
  if (state === "passed") return says;
  if (state !== "failed") return "not tried";
  const [reason = ""] = stripVTControlCharacters(errors[0]?.message ?? "").split("\n");
  return `${FAILS}${reason === "" ? "" : `: ${reason.slice(0, 120)}`}`;
}

/** As in `the lock in 'dash' > ...` or `... > is ended: dropbear, with setsid`, and not in what a test does with that name. */
function namesPart(title: string, name: string): boolean {
  const [head = ""] = title.split(" > ");
  const named = `${name}(?=$|[ ,])`;
  return new RegExp(`(?:in|on|by|for|is|that|to) ${named}|'${name}'`).test(head) || new RegExp(`: ${named}`).test(title);
}

function git(...words: string[]): string {
  return spawnSync("git", words, { encoding: "utf8" }).stdout?.trim() ?? "";
}
