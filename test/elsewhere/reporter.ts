import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { arch, platform } from "node:os";
import { dirname } from "node:path";
import type { Reporter, TestCase, TestModule, TestSpecification, Vitest } from "vitest/node";
import { type Outcome, writeDocument } from "./document.ts";
import type {} from "./outcome.ts";

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
type Seen = Pick<TestCase, "fullName"> & { meta(): ReturnType<TestCase["meta"]>; result(): { readonly state: string } };

const OF_SUITE = "of the suite";

/** Cells of tests that have one, and for each shell a count of the tests that name it in their title. */
export function toOutcomes(tests: readonly Seen[]): readonly Outcome[] {
  const outcomes = tests.flatMap((test) => {
    const { outcome } = test.meta();
    return outcome === undefined ? [] : [{ ...outcome, says: sayOf(test.result().state, outcome.says) }];
  });
  const shells = new Map(outcomes.filter(({ table }) => table === "shells").map((outcome) => [outcome.name, outcome]));
  const counts = [...shells.values()].flatMap((outcome) => {
    const own = tests.filter((test) => test.meta().outcome === undefined && namesShell(test.fullName, outcome.name));
    const [passed, failed] = ["passed", "failed"].map((state) => own.filter((test) => test.result().state === state).length) as [
      number,
      number,
    ];
    return passed + failed === 0 ? [] : [{ ...outcome, column: OF_SUITE, says: `${passed} / ${passed + failed}` }];
  });
  return [...outcomes, ...counts];
}

function sayOf(state: string, says: string): string {
  if (state === "passed") return says;
  return state === "failed" ? "**fails**" : "not tried";
}

/** As in `the lock in dash > ...`, and not in what a test does with that shell's name. */
function namesShell(title: string, shell: string): boolean {
  const [head = ""] = title.split(" > ");
  return new RegExp(`(?:in|on|by|for|is|that) ${shell}(?=$|[ ,])`).test(head);
}

function git(...words: string[]): string {
  return spawnSync("git", words, { encoding: "utf8" }).stdout?.trim() ?? "";
}
