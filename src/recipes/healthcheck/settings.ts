import * as z from "zod/mini";
import { fact, parseDuration, type SettingsOf, setting } from "../../index.ts";

/** An address that is asked: by HTTP, or whether something listens there. */
export interface HealthTarget {
  readonly kind: "http" | "tcp";
  /** As it was written, and as it is shown. */
  readonly url: string;
  /** Without the brackets of IPv6. */
  readonly host: string;
  readonly port: number;
}

/** From and to, both included. */
export type StatusRange = readonly [from: number, to: number];

const PORTS: Readonly<Record<string, number>> = { "http:": 80, "https:": 443, "tcp:": 0 };

/** @throws Error that says what is wrong with it */
export function parseTarget(text: string): HealthTarget {
  if (!URL.canParse(text)) throw new Error("is no URL: write http://localhost:3000/health or tcp://localhost:5432");
  const { protocol, hostname, port, username, password, pathname } = new URL(text);
  const usual = PORTS[protocol];
  if (usual === undefined) throw new Error("begins with http://, https:// or tcp://");
  if (username !== "" || password !== "") throw new Error("must not hold a password: it would be seen in command lines");
  if (/[\s\p{Cc}]/u.test(text)) throw new Error("must not hold blanks");
  const number = port === "" ? usual : Number(port);
  if (number === 0) throw new Error("needs a port: tcp://localhost:5432");
  if (protocol === "tcp:" && pathname.length > 1) throw new Error("has a path, which means nothing to TCP");
  return { kind: protocol === "tcp:" ? "tcp" : "http", url: text, host: hostname.replace(/^\[|\]$/g, ""), port: number };
}

/** One address, or several. */
export const urlsSchema = z.union([z.string(), z.array(z.string())]).check(
  z.superRefine((value, context) => {
    for (const url of [value].flat()) {
      try {
        parseTarget(url);
      } catch (error) {
        context.addIssue({ code: "custom", message: `${JSON.stringify(url)} ${(error as Error).message}` });
      }
    }
  }),
  z.describe("URL, or a list of URLs"),
);

const STATUS = /^[1-5]\d\d(?:-[1-5]\d\d)?$/;

/** `200`, `"200-299"` or `"200-299,401"`. */
export const statusSchema = z.union([z.string(), z.int()]).check(
  z.refine(
    (value) =>
      String(value)
        .split(",")
        .every((part) => STATUS.test(part)),
    "must be a status, or ranges of them: 200-299,401",
  ),
  z.describe("HTTP status, or ranges of them"),
);

export function parseStatus(text: string): readonly StatusRange[] {
  return text.split(",").map((part) => {
    const [from = 0, to = from] = part.split("-").map(Number);
    return [from, to] as const;
  });
}

const time = z.union([z.string(), z.int()]).check(
  z.refine((value) => isTime(value), 'must be a time with its unit, such as "30s"'),
  z.describe('text such as "30s"'),
);
const count = z.int().check(z.minimum(1));

/** Names are those of RFC 9110, section 5.1: curl takes one that begins with `@` for a file. */
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
const headersSchema = z.record(z.string(), z.string()).check(
  z.superRefine((headers, context) => {
    for (const [name, value] of Object.entries(headers)) {
      const fault = HEADER_NAME.test(name) ? (/\p{Cc}/u.test(value) ? "holds control characters" : "") : "is no name of a header";
      if (fault !== "") context.addIssue({ code: "custom", message: `${JSON.stringify(name)} ${fault}` });
    }
  }),
  z.describe("headers by name"),
);

/** What the recipe knows by name. Nothing in it is a secret: it is part of command lines. */
export const declared = {
  healthcheckUrl: setting(urlsSchema, {
    desc: "What has to answer once a release is live: http://, https:// or tcp://; one, or a list",
    default: [],
    example: '"http://localhost:3000/health"',
  }),
  healthcheckCommand: setting(z.string(), {
    desc: "What has to succeed once a release is live: a command, run in it",
    default: "",
    example: '"./bin/healthy"',
  }),
  healthcheckFrom: setting(z.enum(["host", "here"]), {
    desc: "Who asks: each host itself (needs curl there), or this machine, once for each host",
    default: "host",
  }),
  healthcheckStatus: setting(statusSchema, { desc: "HTTP statuses that are good", default: "200-299" }),
  healthcheckBody: setting(z.string(), { desc: "Text that the answer has to have", default: "", example: '"ok"' }),
  healthcheckHeaders: setting(headersSchema, {
    desc: "Headers that are sent; no secrets, they are seen in command lines",
    default: {},
    example: '{ Host: "shop.example.com" }',
  }),
  healthcheckInterval: setting(time, { desc: "Time between two tries; whole seconds", default: "1s" }),
  healthcheckTimeout: setting(time, { desc: "How long it may take until all is well", default: "30s" }),
  healthcheckRequestTimeout: setting(time, { desc: "How long one answer may take", default: "5s" }),
  healthcheckSuccesses: setting(count, { desc: "Good answers in a row that it takes", default: 1 }),
  healthcheckBake: setting(time, {
    desc: "How long it has to stay well then; with --batch, before the next hosts",
    default: 0,
    example: '"5m"',
  }),
  healthcheckConfirm: setting(z.boolean(), { desc: "With --batch, ask before the next hosts", default: false }),
  healthcheckRollback: setting(z.boolean(), { desc: "Go back to the release before where it does not get well", default: true }),
  healthcheckTrialCommand: setting(z.string(), {
    desc: "Starts the new release on healthcheckTrialPort, with PORT set, to be asked before it goes live",
    default: "",
    example: '"node server.js"',
    beside: {
      key: "healthcheckTrialPort",
      faults: (start, port) =>
        start !== "" && port === 0 ? ["need each other: the command is told which port it is to listen on"] : [],
    },
  }),
  healthcheckTrialPort: setting(z.int().check(z.minimum(0), z.maximum(65535)), {
    desc: "A port that nothing else uses",
    default: 0,
    example: "3999",
  }),
  healthcheckGroup: fact<string>("The hosts that are switched at the moment, of --batch"),
};

/** The settings of the recipe by type, as they are declared. */
export interface HealthcheckSettings extends SettingsOf<typeof declared> {}

declare module "fake-deploy" {
  interface Settings extends HealthcheckSettings {}
}

function isTime(value: string | number): boolean {
  try {
    parseDuration(value, { zero: true });
    return true;
  } catch {
    return false;
  }
}
