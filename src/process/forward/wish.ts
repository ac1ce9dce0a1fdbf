import { inspect } from "node:util";
import { type Problem, ProblemsError, toError } from "../../errors.ts";
import { unknownKeys } from "../../suggest.ts";
import type { TcpAddress } from "../../transport/tunnel.ts";
import { checkAddress, formatAddress } from "../../transport/tunnels/errors.ts";
import type { ForwardOptions } from "./forward.ts";

/** Names of all options of a forward. */
export const FORWARD_OPTIONS: readonly string[] = [
  "to",
  "listen",
  "reverse",
  "socks",
  "signal",
  "onProblem",
] satisfies (keyof ForwardOptions)[];

/** What is to be forwarded, made sure of before anything is contacted. */
export interface ForwardWish {
  readonly listen: TcpAddress;
  /** Undefined: who connects says it. */
  readonly to: TcpAddress | undefined;
  readonly reverse: boolean;
}

/** @throws ProblemsError with all that is wrong with them */
export function readForward(options: ForwardOptions, known: readonly string[] = FORWARD_OPTIONS): ForwardWish {
  const problems: Problem[] = unknownKeys(options, known).map(({ key, hint }) => ({
    message: `forward takes no ${JSON.stringify(key)}.`,
    subject: key,
    hint,
  }));
  const { to, listen = 0, reverse = false, socks = false, onProblem } = options;
  for (const [key, value, type] of [
    ["reverse", reverse, "boolean"],
    ["socks", socks, "boolean"],
    ["onProblem", onProblem, "function"],
  ] as const)
    if (value !== undefined && typeof value !== type)
      problems.push({ message: `${key} of forward is no ${type}: ${inspect(value, { depth: 0 })}.`, subject: key });
  if ((to === undefined) === !socks)
    problems.push({
      message:
        to === undefined
          ? "forward needs an address that connections go to."
          : "forward takes `to` or `socks`: with SOCKS, who connects says where to go.",
      subject: "to",
      hint: 'launcher.forward("web1", { to: "db.internal:5432" }), or { socks: true }',
    });
  if (reverse && socks)
    problems.push({ message: "forward has no SOCKS in reverse.", subject: "socks", hint: "With reverse, say where to go: to." });
  const read = (key: "to" | "listen", value: unknown, name: string, lowest: 0 | 1): TcpAddress => {
    try {
      return readAddress(value, name, lowest);
    } catch (error) {
      const { message, hint } = toError(error) as Error & { readonly hint?: string };
      problems.push({ message: `${key} of forward: ${message}`, subject: key, hint });
      return { host: name, port: 0 };
    }
  };
  const wish = {
    listen: read("listen", listen, "127.0.0.1", 0),
    to: to === undefined ? undefined : read("to", to, "localhost", 1),
    reverse,
  };
  if (problems.length > 0) throw new ProblemsError("BAD_FORWARD", problems);
  return wish;
}

/** In one line: `forward db.internal:5432`. */
export function describeForward({ to, reverse }: ForwardWish): string {
  return `forward ${to === undefined ? "SOCKS" : formatAddress(to)}${reverse ? " in reverse" : ""}`;
}

/** @param name where there is only a port @throws UsageError for what is no address */
function readAddress(value: unknown, name: string, lowest: 0 | 1): TcpAddress {
  const text = String(value);
  const [, bracketed, plain, port = text] = /^(?:\[([^\]]*)\]|([^:]*)):([^:]*)$/.exec(text) ?? [];
  const address = { host: bracketed ?? plain ?? name, port: /^\d{1,5}$/.test(port) ? Number(port) : Number.NaN };
  if (Number.isNaN(address.port))
    throw Object.assign(new Error(`${inspect(value, { depth: 0 })} is no address.`), {
      hint: 'Write "db.internal:5432", "[::1]:5432", or a port alone.',
    });
  checkAddress(address, lowest);
  return address;
}
