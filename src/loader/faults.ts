import { dirname, resolve } from "node:path";
import type { Message } from "esbuild";
import { DeployfileError, FakeError, type FakeErrorOptions, ProblemsError, type SourceLocation, toError } from "../errors.ts";
import { displayPath, noteWhere } from "../source-location.ts";
import { packageName, STAND_IN } from "./bundle-plugin.ts";
import { readText } from "./cache.ts";
import { codeFrame } from "./code-frame.ts";
import { LoadFaultError } from "./guard.ts";

/** What is known when something goes wrong. */
export interface FaultContext {
  readonly path: string;
  readonly cwd: string;
  /** The innermost line of the user's own files in an error's stack. */
  placeOf(error: Error): SourceLocation | undefined;
}

const SHOWN_ERRORS = 10;

/** Whatever was thrown while a deployfile was compiled or run, as an error that says where and what now. */
export function toFault(thrown: unknown, context: FaultContext): FakeError {
  if (thrown instanceof FakeError) return withPlace(thrown, context);
  if (thrown instanceof LoadFaultError) return ofGuard(thrown, context);
  const messages = buildMessages(thrown);
  if (messages !== undefined) return ofCompiler(messages, thrown, context);
  const error = toError(thrown);
  const missing = /^Cannot find (?:package|module) '([^']+)'/.exec(error.message)?.[1];
  if (missing !== undefined && isModuleNotFound(error)) return ofMissingModule(missing, error, context);
  const name = thrown instanceof Error ? error.name : `a ${typeof thrown}`;
  return fault("DEPLOYFILE_THREW", `threw ${name}: ${error.message}`, context.placeOf(error), context, { cause: thrown });
}

/** What tells its places itself is left alone. */
function withPlace(error: FakeError, context: FaultContext): FakeError {
  if (error instanceof DeployfileError || error instanceof ProblemsError || error.where !== undefined) return error;
  noteWhere(error, context.placeOf(error));
  return error;
}

/** True when a module that was there at compile time is not there any more, or was asked for by a computed name. */
export function isModuleNotFound(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND";
}

/** `file:line: what`, with the lines around it. */
export function fault(
  code: string,
  what: string,
  place: SourceLocation | undefined,
  context: Pick<FaultContext, "path" | "cwd">,
  options: Pick<FakeErrorOptions, "cause" | "hint"> = {},
): DeployfileError {
  const { file, line, column } = place ?? { file: context.path, line: 1 };
  const where = `${displayPath(file, context.cwd)}:${line}`;
  const frame = place === undefined ? "" : frameOf(file, line, column);
  const message = `${where}: ${what}`;
  return new DeployfileError(code, frame === "" ? message : `${message}\n\n${frame}`, { shortMessage: message, ...options });
}

function ofGuard({ fault: found }: LoadFaultError, context: FaultContext): FakeError {
  switch (found.kind) {
    case "exit": {
      const what = `called process.exit(${found.code ?? ""}) while it was loaded.`;
      const hint = "Throw an error with a message instead.";
      return fault("DEPLOYFILE_EXITED", what, context.placeOf(found.error), context, { hint });
    }
    case "never": {
      const waited = found.idle ? "nothing is left that could settle it" : `after ${found.after / 1000} s it still had not`;
      const what = `waits for a promise that never settles: ${waited}.`;
      const hint = "A deployfile only describes: move the work into a task, or into a setting's callable.";
      return fault("DEPLOYFILE_NEVER_SETTLES", what, awaitPlace(context.path), context, { hint });
    }
    case "loose":
      return toFault(found.thrown, context);
  }
}

function ofCompiler(messages: readonly Message[], cause: unknown, context: FaultContext): FakeError {
  const told = messages.slice(0, SHOWN_ERRORS).map((message) => tell(message, context));
  const rest = messages.length - told.length;
  const install = new Set(
    messages.map((each) => (each.detail as { install?: string } | undefined)?.install).filter((each) => each !== undefined),
  );
  return new DeployfileError("DEPLOYFILE_SYNTAX", [...told, ...(rest > 0 ? [`... and ${rest} more`] : [])].join("\n\n"), {
    cause,
    shortMessage: told[0]?.split("\n")[0],
    hint: install.size > 0 ? `Run: npm install ${[...install].join(" ")}` : undefined,
  });
}

function tell({ text, location, notes }: Message, context: FaultContext): string {
  const what = [text, ...notes.map((note) => note.text)].join(" ").replaceAll(`"${STAND_IN}:`, '"');
  if (location === null) return `${displayPath(context.path, context.cwd)}: ${what}`;
  const file = resolve(dirname(context.path), location.file);
  const column = location.column + 1;
  const frame = frameOf(file, location.line, column);
  return `${displayPath(file, context.cwd)}:${location.line}:${column}: ${what}${frame === "" ? "" : `\n\n${frame}`}`;
}

function ofMissingModule(name: string, error: Error, context: FaultContext): FakeError {
  const isPackage = !name.startsWith("/") && !name.startsWith(".") && !name.startsWith("file:");
  const what = isPackage ? `The package "${packageName(name)}" is not installed.` : `There is no module ${name}.`;
  return fault("DEPLOYFILE_IMPORT", what, context.placeOf(error), context, {
    cause: error,
    hint: isPackage ? `Run: npm install ${packageName(name)}` : undefined,
  });
}

function buildMessages(thrown: unknown): readonly Message[] | undefined {
  if (!(thrown instanceof Error) || !("errors" in thrown) || !("warnings" in thrown)) return undefined;
  return Array.isArray(thrown.errors) ? (thrown.errors as Message[]) : undefined;
}

/** What waits is not in any stack: the first `await` at the left edge of the file is what it most likely is. */
function awaitPlace(file: string): SourceLocation | undefined {
  const lines = (readText(file) ?? "").split("\n");
  const index = lines.findIndex((line) => /^(?:export\s+)?(?:(?:const|let|var)\s[^=]*=\s*)?await\b/.test(line));
  const found = index === -1 ? lines.findIndex((line) => /^export default\b|^module\.exports\b/.test(line)) : index;
  return found === -1 ? undefined : { file, line: found + 1, column: 1 };
}

function frameOf(path: string, line: number, column: number | undefined): string {
  return codeFrame(readText(path) ?? "", line, column);
}
