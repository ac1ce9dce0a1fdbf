/**
 * Keeps code of a deployfile from having effects outside of the process while a dry run only looks at what it would do: what would write a
 * file, open a connection, start a process or a thread throws instead. Asynchronous context tells such code from all other, which goes on
 * as ever. Reading files is let through.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import childProcess from "node:child_process";
import dgram from "node:dgram";
import dns from "node:dns";
import fs from "node:fs";
import http from "node:http";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";
import workers from "node:worker_threads";
import type { HeldBack } from "../errors.ts";

/** What is thrown in place of an effect. `what`: `open a connection to ...`. */
type Refuse = (what: string) => HeldBack;

// biome-ignore lint/suspicious/noExplicitAny: functions of node, whatever they take
type AnyFunction = (this: unknown, ...args: any[]) => unknown;
type Holder = Record<string, unknown>;

const inside = new AsyncLocalStorage<Refuse>();
const native: string[] = [];
let installed = false;

/** Runs code whose effects are refused, now and whatever it goes on to. */
export function holdBack<T>(refuse: Refuse, work: () => T): T {
  installHoldBack();
  return inside.run(refuse, work);
}

/** Runs our own code, called from such code, as ever. */
export function letThrough<T>(work: () => T): T {
  return inside.exit(work);
}

/** Code that was loaded and that nothing here can hold back; undefined when there is none. */
export function findNativeCode(): string | undefined {
  const { moduleLoadList = [] } = process as { moduleLoadList?: readonly string[] };
  return (
    native[0] ?? moduleLoadList.find((name) => /^NativeModule (?:sqlite|wasi)$/.test(name))?.replace("NativeModule ", "node:")
  );
}

/** Puts itself before what has effects. To be called before a deployfile is loaded: what that has taken by then is not held back. */
export function installHoldBack(): void {
  if (installed) return;
  installed = true;
  guardFiles();
  guardNetwork();
  guard(childProcess.ChildProcess.prototype, "spawn", ([options]) => `run ${options?.args?.join(" ") ?? "a program"}`);
  for (const name of ["spawnSync", "execFileSync"])
    guard(childProcess, name, ([file, args]) => `run ${[file, ...(Array.isArray(args) ? args : [])].join(" ")}`);
  guard(childProcess, "execSync", ([command]) => `run ${command}`);
  guard(process, "execve", ([file]) => `become ${file}`);
  guard(process, "getBuiltinModule", ([id]) => (/^(?:node:)?(?:sqlite|wasi)$/.test(String(id)) ? `load ${id}` : undefined));
  guard(process, "kill", ([pid]) => `send a signal to process ${pid}`);
  guard(process, "chdir", ([directory]) => `change to the directory ${directory}`);
  guardConstructor(workers, "Worker", () => "start a thread");
  guard(process, "dlopen", ([, file]) => `load native code from ${file}`);
  const load = process.dlopen as AnyFunction;
  process.dlopen = function dlopen(this: unknown, ...args: unknown[]) {
    native.push(String(args[1]));
    return load.apply(this, args);
  } as typeof process.dlopen;
  // What was imported by name is bound to what it is now.
  syncBuiltinESMExports();
}

const WRITERS = (
  "appendFile chmod chown copyFile cp fchmod fchown ftruncate futimes lchmod lchown link lutimes mkdir mkdtemp rename rm rmdir symlink " +
  "truncate unlink utimes writeFile"
).split(" ");

function guardFiles(): void {
  const write = ([path]: readonly unknown[]): string => `write ${typeof path === "number" ? "to a file" : String(path)}`;
  const open = ([path, flags = "r"]: readonly unknown[]): string | undefined =>
    isReading(flags) ? undefined : `write ${String(path)}`;
  for (const holder of [fs, fs.promises]) {
    for (const name of WRITERS) for (const full of [name, `${name}Sync`]) guard(holder, full, write);
    for (const name of ["open", "openSync"]) guard(holder, name, open);
  }
  guard(fs, "createWriteStream", write);
  // Both are screens: what stands there has no effect.
  const toFile = ([file]: readonly unknown[]): string | undefined => (file === 1 || file === 2 ? undefined : "write to a file");
  for (const name of ["write", "writeSync", "writev", "writevSync"]) guard(fs, name, toFile);
}

function isReading(flags: unknown): boolean {
  if (typeof flags === "number")
    return (flags & (fs.constants.O_WRONLY | fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_TRUNC)) === 0;
  return typeof flags !== "string" || ["r", "rs", "sr"].includes(flags);
}

function guardNetwork(): void {
  guard(net.Socket.prototype, "connect", (args) => `open a connection to ${describePeer(args)}`);
  guard(net.Server.prototype, "listen", () => "listen for connections");
  // A connection that is open already is used again.
  guard(http.Agent.prototype, "addRequest", ([request]) => `send a request to ${request?.host ?? "a server"}`);
  guard(globalThis, "fetch", ([input]) => `send a request to ${hostOf(input)}`);
  for (const name of ["bind", "connect", "send"]) guard(dgram.Socket.prototype, name, () => "send a datagram");
  for (const holder of [dns, dns.promises, dns.Resolver.prototype, dns.promises.Resolver.prototype]) {
    const names = Object.getOwnPropertyNames(holder).filter((name) => /^(?:lookup|resolve|reverse)/.test(name));
    for (const name of names) guard(holder, name, ([host]) => `ask a name server for ${host}`);
  }
}

function describePeer(args: readonly unknown[]): string {
  const [first, second] = (Array.isArray(args[0]) ? args[0] : args) as readonly [unknown, unknown];
  const { host = second, port = first, path } = (typeof first === "object" && first !== null ? first : {}) as Holder;
  if (path !== undefined && path !== null) return String(path);
  return typeof port === "object" ? "a server" : `${typeof host === "string" ? host : "localhost"}:${port}`;
}

function hostOf(input: unknown): string {
  try {
    return new URL(typeof input === "object" && input !== null && "url" in input ? String(input.url) : String(input)).host;
  } catch {
    return "a server";
  }
}

/** @param describe what the call would do; undefined lets it through */
// biome-ignore lint/suspicious/noExplicitAny: arguments of functions of node
function guard(holder: object, name: string, describe: (args: readonly any[]) => string | undefined): void {
  const original = (holder as Holder)[name];
  if (typeof original !== "function") return;
  const guarded = function (this: unknown, ...args: unknown[]): unknown {
    const refuse = inside.getStore();
    const what = refuse && describe(args);
    if (refuse !== undefined && what !== undefined) throw refuse(what);
    return (original as AnyFunction).apply(this, args);
  };
  // `util.promisify` and the like look at what hangs on a function.
  Object.defineProperties(guarded, Object.getOwnPropertyDescriptors(original));
  Object.defineProperty(holder, name, { value: guarded, writable: true, configurable: true, enumerable: true });
}

function guardConstructor(holder: object, name: string, describe: () => string): void {
  const original = (holder as Holder)[name] as new (...args: never[]) => object;
  const guarded = new Proxy(original, {
    construct(target, args, newTarget) {
      const refuse = inside.getStore();
      if (refuse !== undefined) throw refuse(describe());
      return Reflect.construct(target, args, newTarget) as object;
    },
  });
  Object.defineProperty(holder, name, { value: guarded, writable: true, configurable: true, enumerable: true });
}
