import { afterAll, expect, test } from "vitest";
import type { ProblemsError } from "../../src/errors.ts";
import { createLauncher } from "../../src/execution/launcher.ts";
import { checkOptions, checkSignal } from "../../src/process/check-options.ts";
import type { ProcessOptions } from "../../src/process/process.ts";

const launcher = createLauncher();
afterAll(() => launcher.close());

const problemsOf = (options: unknown): readonly string[] => {
  try {
    checkOptions(options as ProcessOptions);
    return [];
  } catch (error) {
    return (error as ProblemsError).problems.map(({ message, hint }) => (hint === undefined ? message : `${message} ${hint}`));
  }
};

test.each([
  [{ timeuot: "5s" }, 'A process has no option "timeuot". Did you mean "timeout"?'],
  [{ timeout: "5 parsecs" }, /^The option timeout of a process must be a duration .*: it is '5 parsecs'\.$/],
  [{ timeout: 0 }, /must be a duration/],
  [{ killGrace: true }, /^The option killGrace .* must be a duration/],
  [{ expectTimeout: "never" }, /^The option expectTimeout .* must be a duration/],
  [{ accept: { exitCode: [1] } }, /^The option accept of a process has no "exitCode" \(Did you mean "exitCodes"\)/],
  [{ accept: { exitCodes: [1, 300] } }, /must have exitCodes from 0 to 255/],
  [{ accept: { timeout: "yes" } }, /must have true or false for timeout/],
  [{ accept: [1] }, /must be an object with exitCodes/],
  [{ log: { exitCodes: true } }, /has no "exitCodes"/],
  [{ log: "all" }, /must be an object with exitCode/],
  [{ pty: { columns: 80 } }, /must be true, false or \{ columns, rows \}/],
  [{ pty: { columns: 80, rows: 0 } }, /must be true, false/],
  [{ keep: "some" }, /must be one of "all", "tail", "none"/],
  [{ outlive: "yes" }, /must be true or false/],
  [{ outlive: true, pty: true }, /^A process on a terminal cannot outlive us: .* Leave out `pty`/],
  [{ stdin: 3 }, /must be text or bytes/],
  [{ onEnd: "log" }, /^The option onEnd of a process must be a function: it is 'log'\.$/],
  [{ name: 3 }, /must be text/],
] as const)("%j is refused", (options, message) => {
  const [problem, ...more] = problemsOf(options);
  expect(problem).toMatch(message);
  expect(more).toEqual([]);
});

test.each([
  {},
  { timeout: "1h30m", killGrace: false, expectTimeout: "none", keep: "none", pty: true, stdin: Buffer.from("x"), name: "x" },
  { accept: { exitCodes: "any", timeout: true, error: false }, log: { exitCode: true }, pty: { columns: 80, rows: 24 } },
  { accept: undefined, log: false, expectTimeout: 0, killGrace: 1 },
])("%j is taken", (options) => {
  expect(problemsOf(options)).toEqual([]);
});

test("all that is wrong is said at once, before anything starts", () => {
  const options = { timeuot: "5s", keep: "some" } as unknown as ProcessOptions;
  expect(problemsOf(options)).toHaveLength(2);
  for (const make of [
    () => launcher.process("true", options),
    () => launcher.local("true", { each: options }),
    () => launcher.remote(["web1"], "true", { each: options }),
  ])
    expect(make).toThrow(expect.objectContaining({ code: "BAD_PROCESS_OPTIONS" }));
});

/** What a program in JavaScript may write. */
const any = (options: object): never => options as never;

test.each([
  ["host", () => launcher.process("true", any({ hsot: "web1" }))],
  ["connect", () => launcher.process("true", any({ conect: {} }))],
  ["cwd", () => launcher.remote(["web1"], "true", any({ cwdd: "/tmp" }))],
  ["each", () => launcher.local("true", any({ eahc: {} }))],
  ["timeout", () => launcher.remote(["web1"], "true", any({ each: { timeuot: 1 } }))],
])("a misspelt %s is said to be that", (key, make) => {
  expect(make).toThrow(expect.objectContaining({ problems: [expect.objectContaining({ hint: `Did you mean "${key}"?` })] }));
});

test.each([
  ["user", () => launcher.process("true", { connect: any({ usr: "me" }) })],
  ["identityFile", () => launcher.remote(["web1"], "true", { connect: any({ identityfile: "id" }) })],
  ["port", () => launcher.put(["web1"], "a", "b", { connect: any({ prot: 22 }) })],
  ["port", () => createLauncher({ connect: any({ prot: 22 }) })],
  ["sshConfig", () => createLauncher(any({ sshconfig: "x" }))],
])("a misspelt %s of a login or a launcher is said to be that", (key, make) => {
  expect(make).toThrow(expect.objectContaining({ code: "UNKNOWN_OPTION", hint: `Did you mean "${key}"?` }));
});

test.each([[""], [[]], [["id", 3]], [true], ["a\0b"]])("identityFile %j is refused", (identityFile) => {
  const make = () => launcher.process("true", { connect: any({ identityFile }) });
  expect(make).toThrow(expect.objectContaining({ code: "BAD_IDENTITY_FILE" }));
});

test("a signal that is none is refused", async () => {
  expect(() => checkSignal("SIGFOO")).toThrow(expect.objectContaining({ code: "BAD_SIGNAL" }));
  const process = launcher.process("cat").start();
  expect(() => process.kill("SIGFOO" as NodeJS.Signals)).toThrow("'SIGFOO' is no signal.");
  await process.end();
  await process.wait();
});

test("a launcher that was closed starts nothing", async () => {
  const closed = createLauncher();
  await closed.process("true", { stdin: "" }).run();
  await closed.close();
  const process = await closed.process("true", { stdin: "" }).run();
  expect(process.state).toMatchObject({ how: "failed", error: { code: "LAUNCHER_CLOSED" } });
});

test("is shown in a line", async () => {
  const process = await launcher.process("exit 3", { stdin: "", name: "three" }).run();
  const { inspect } = await import("node:util");
  expect(inspect({ process })).toBe("{ process: Process(three on this machine: ended with exit code 3) }");
});
