import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { ElsewhereReporter } from "./test/elsewhere/reporter.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const alias = [
  { find: /^fake-deploy$/, replacement: here("./src/index.ts") },
  { find: /^fake-deploy\/testing$/, replacement: here("./src/testing.ts") },
  { find: /^fake-deploy\/process$/, replacement: here("./src/process.ts") },
  { find: /^fake-deploy\/recipes\/(.*)$/, replacement: here("./src/recipes/$1/index.ts") },
];

const setupFiles = [here("./test/support/own-tmp.ts")];

const unit = {
  setupFiles,
  // Nothing is timed: a limit is for what never ends, also on a machine that is busy with something else.
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // Of tests that say that they can run at the same time: they wait.
  maxConcurrency: 20,
};

/** Its files run in one process, with one copy of the code: nothing may be left in it. */
const PURE = [
  "test/{build,docs,dsl,env,execution,graph,hosts,prepare,report,runner,testing}/**/*.test.ts",
  "test/recipes/deploy/*.test.ts",
];

/** The same. Apart, because they load a library in machine code: where one is loaded, a dry run cannot look into functions. */
const WIRE = ["test/transport/**/*.test.ts", "test/cli/**/!(look-at-hosts|run).test.ts"];

const stories = {
  setupFiles,
  globalSetup: ["test/e2e/setup.ts"],
  testTimeout: 120_000,
  hookTimeout: 120_000,
};

/** Tests that are run in each shell of a list of test/command/shells.ts, and those that are cells of docs/elsewhere.md. */
const ofElsewhere = readdirSync("test", { recursive: true, encoding: "utf8" })
  .map((path) => `test/${path}`)
  .filter((path) => /\.test\.ts$/.test(path) && /\beach\((?:\w*[sS])hells\)|\boutcomesOf\(/.test(readFileSync(path, "utf8")));

/** What else there is to run on, for `npm run test:elsewhere`. */
const elsewhere = {
  resolve: { alias },
  test: {
    name: "elsewhere",
    include: [...ofElsewhere, "test/contracts/strategy-*.test.ts", "test/transport/ssh/ssh-other-servers.test.ts"],
    env: { SHELLS: "all" },
    ...stories,
  },
};

const isElsewhere = process.env["ELSEWHERE"] === "1";

const overOpenssh = {
  resolve: { alias },
  test: {
    name: "e2e-openssh",
    include: ["test/e2e/**/*.test.ts"],
    exclude: [
      "test/e2e/{cost,crash,guides,huge-output,narrow-terminal,openssh,package,packed-types,rehearse*,soak,start-up,zod}.test.ts",
      "**/node_modules/**",
    ],
    ...stories,
  },
};

export default defineConfig({
  resolve: { alias },
  test: {
    // More than there are cores: much of the suite waits for servers and for programs that it has started.
    maxWorkers: availableParallelism() + 2,
    reporters: ["default", "json", ...(isElsewhere ? [new ElsewhereReporter()] : [])],
    outputFile: { json: ".vitest/results.json" },
    projects: [
      {
        resolve: { alias },
        test: {
          name: "unit",
          ...unit,
          include: ["test/**/*.test.ts"],
          exclude: [...PURE, ...WIRE, "test/{e2e,elsewhere,contracts,types}/**", "**/node_modules/**"],
        },
      },
      {
        resolve: { alias },
        // What starts nothing and changes nothing outside of itself needs no process for each file: loading the code is most of its time.
        test: { name: "unit-pure", ...unit, include: PURE, isolate: false },
      },
      { resolve: { alias }, test: { name: "unit-wire", ...unit, include: WIRE, isolate: false } },
      {
        resolve: { alias },
        test: {
          name: "contract",
          setupFiles,
          include: ["test/contracts/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          ...stories,
        },
      },
      {
        resolve: { alias },
        test: {
          // The same stories, each task sent by itself: what travels together must change nothing. All of them for `npm run test:no-fuse`.
          name: "e2e-no-fuse",
          include: [`test/e2e/${process.env["NO_FUSE"] === "all" ? "*" : "{deploy,hooks,resume}"}.test.ts`],
          exclude: [
            "test/e2e/{cost,crash,guides,huge-output,narrow-terminal,openssh,package,packed-types,rehearse*,security,shells,soak,start-up,zod}.test.ts",
            // What is deployed, and verbs that run no flow, do not go by how tasks travel.
            "test/e2e/{connection,deploy-anything,doctor,exec,files,pending,revision,where}.test.ts",
            "**/node_modules/**",
          ],
          env: { STORIES_NO_FUSE: "1" },
          ...stories,
        },
      },
      // The same stories over the system's ssh, for `npm run test:openssh`; test/e2e/openssh.test.ts plays one in each run.
      ...(process.env["STORIES_TRANSPORT"] === "openssh" ? [overOpenssh] : []),
      ...(isElsewhere ? [elsewhere] : []),
      {
        resolve: { alias },
        test: {
          name: "types",
          include: [],
          typecheck: { enabled: true, only: true, include: ["test/types/**/*.test-d.ts"], tsconfig: "./tsconfig.json" },
        },
      },
    ],
  },
});
