import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { coerceText } from "../../src/cli/argv/coerce.ts";
import { parseInvocation } from "../../src/cli/argv/parse-argv.ts";
import { parseTaskWords } from "../../src/cli/argv/task-words.ts";
import { vocabulary } from "../../src/cli/argv/verbs.ts";
import { parseDuration } from "../../src/command/duration.ts";
import { quoteArgv } from "../../src/command/quote.ts";
import { placeAtEnd } from "../../src/command/shell-scanner.ts";
import { renderTemplate } from "../../src/command/template.ts";
import type { HostInput } from "../../src/hosts/host.ts";
import { matches, resolveHosts } from "../../src/hosts/host-pattern.ts";
import { createInventory } from "../../src/hosts/inventory.ts";
import { parseHost } from "../../src/hosts/parse-host.ts";
import type { ObjectSchema } from "../../src/schema.ts";
import { endsSoon, fuzz, HUGE, orRefused, soup } from "./fuzz.ts";

/** Names that every object has. */
const inherited = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"] as const;

describe("a host", () => {
  const text = soup("-", "@", ":", "[", "]", "::1", "app1", "example.com", "22", "10.0.0.1", "user", "%eth0", "\\", "*", "?");
  const value = fc.oneof(text, fc.integer(), fc.constantFrom(null, undefined, true, [], {}), fc.string());
  const keys = fc.constantFrom("host", "name", "address", "user", "port", "transport", "roles", ...inherited);

  it("is read from any text or refused, and what it says is read the same again", () => {
    fuzz(
      text,
      (input) => {
        const host = orRefused(() => parseHost(input));
        if (host === undefined) return;
        expect([host.address, host.user ?? "x"].join(" ")).toMatch(/^[^-\s\p{Cc}\p{Cf}]\S* [^-\s\p{Cc}\p{Cf}]\S*$/u);
        const address = host.address.includes(":") ? `[${host.address}]` : host.address;
        const again = `${host.user === undefined ? "" : `${host.user}@`}${address}${host.port === undefined ? "" : `:${host.port}`}`;
        expect(parseHost(again)).toEqual(host);
      },
      { runs: 3000 },
    );
  });

  it("is read from any object or refused", () => {
    fuzz(fc.uniqueArray(fc.tuple(keys, value), { selector: ([key]) => key, maxLength: 7 }), (entries) => {
      const host = orRefused(() => parseHost(Object.fromEntries(entries) as HostInput));
      if (host !== undefined) expect(host.address).toMatch(/^[^-\s]\S*$/);
    });
    fuzz(fc.anything(), (input) => void orRefused(() => parseHost(input as HostInput)));
  });

  it("is found by any pattern or not, and never by a pattern that is an option", () => {
    const inventory = createInventory(
      ["app1", "app2.example.com", "ada@db:2222"].map((input) => ({ role: "web", input, where: undefined })),
      ["web"],
    );
    fuzz(fc.array(text, { minLength: 1, maxLength: 3 }), (patterns) => {
      const hosts = orRefused(() => resolveHosts(inventory, patterns)) ?? [];
      for (const host of hosts) expect(host.address).toMatch(/^[^-\s]\S*$/);
    });
  });

  it.each(["*a".repeat(2000), "*".repeat(HUGE), "?".repeat(HUGE), `${"*".repeat(5000)}b`])(
    "is not waited for: %.10s",
    (pattern) => {
      const host = parseHost("a".repeat(5000));
      expect(endsSoon(() => matches(pattern, host))).toBe(pattern.startsWith("*") && !pattern.endsWith("b"));
    },
  );

  it.each(["@".repeat(HUGE), ":".repeat(HUGE), "[".repeat(HUGE), "a.".repeat(HUGE / 2), `${"1.".repeat(HUGE / 2)}x`])(
    "of a million characters is not waited for: %.10s",
    (input) => void endsSoon(() => orRefused(() => parseHost(input))),
  );
});

describe("a duration", () => {
  it("is milliseconds that a timer can wait, or refused", () => {
    fuzz(fc.oneof(soup("1", "0", ".", "ms", "s", "m", "h", "d", "1h30m", "-", "e9"), fc.double(), fc.integer()), (input) => {
      const found = orRefused(() => parseDuration(input));
      if (found !== undefined) expect(found > 0 && found < 2 ** 31).toBe(true);
    });
    for (const input of ["1".repeat(HUGE), "1m".repeat(HUGE / 2), "1.".repeat(HUGE / 2), `${"1m".repeat(HUGE / 2)}x`])
      endsSoon(() => orRefused(() => parseDuration(input)));
  });
});

describe("a command line", () => {
  const word = fc.oneof(
    soup("--", "-", "=", ",", "R", "roles", "set", "deploy", "exec", "env", "key", "%", "5", "{", '"', "reporter", "json", "yes"),
    fc.constantFrom("--roles", "-R", "-s", "--", "deploy", "help", "exec", "rollback", "-vy", "--batch", "5%", ...inherited),
    fc.constantFrom(...inherited).map((name) => `--${name}=1`),
    fc.constantFrom(...inherited).map((name) => `${name}=1`),
  );
  const argv = fc.array(word, { maxLength: 8 });

  it("becomes an invocation or problems, whatever stands in it", () => {
    fuzz(
      argv,
      (words) => {
        const { problems, options } = parseInvocation(words, vocabulary);
        for (const { message } of problems) expect(message).not.toBe("");
        for (const host of options.hosts) expect(host.startsWith("-")).toBe(false);
      },
      { runs: 3000 },
    );
  });

  it("gives tasks their arguments, or says what is wrong with them", () => {
    const args = z.object({ to: z.optional(z.string()), force: z.optional(z.boolean()), count: z.optional(z.number()) });
    const known = {
      find: (name: string) => (["deploy", "rollback"].includes(name) ? name : undefined),
      names: () => ["deploy", "rollback"],
      argsOf: (task: string) => (task === "rollback" ? (args as unknown as ObjectSchema) : undefined),
    };
    fuzz(
      argv,
      (words) => {
        const asked = parseTaskWords(words, known, vocabulary);
        const given = asked.args.get("rollback") as Record<string, unknown> | undefined;
        expect(Object.keys(given ?? {}).every((key) => ["to", "force", "count"].includes(key))).toBe(true);
      },
      { runs: 3000, seeds: inherited.map((name) => ["rollback", `--${name}=1`]) },
    );
  });

  it("holds JSON that means what its schema takes, or nothing", () => {
    const schema = z.object({ list: z.array(z.number()) });
    fuzz(fc.oneof(fc.json(), soup("{", "}", "[", "]", '"list"', ":", "1", ",", "__proto__", "null")), (text) => {
      const found = coerceText(schema, text);
      if (found !== undefined) expect(schema.safeParse(found.value).success).toBe(true);
    });
    for (const text of ["[".repeat(HUGE), '{"a":'.repeat(HUGE / 5), ",".repeat(HUGE / 20)])
      endsSoon(() => coerceText(schema, text));
  });
});

describe("a command's text", () => {
  const part = soup(
    "'",
    '"',
    "`",
    "$(",
    ")",
    "${",
    "}",
    "$((",
    "))",
    "#",
    "<<EOF\n",
    "EOF\n",
    "\\",
    "\n",
    " ",
    "case x in a)",
    "esac",
    "<<-'E'\n",
  );
  const value = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.array(fc.string(), { maxLength: 3 }),
    fc.constantFrom(null, undefined, {}, "--", ""),
  );

  it("is made of any template and any values, or refused", () => {
    fuzz(
      fc.tuple(fc.array(part, { minLength: 2, maxLength: 4 }), fc.array(value, { minLength: 3, maxLength: 3 })),
      ([parts, values]) => {
        const text = orRefused(() => renderTemplate(parts, values.slice(0, parts.length - 1)));
        if (text !== undefined) expect(text).not.toContain("\0");
      },
    );
    fuzz(fc.array(fc.oneof(fc.string(), fc.integer()), { maxLength: 5 }), (argv) => void orRefused(() => quoteArgv(argv)));
  });

  it.each(["<<", "<<a ", "<<''", "$(", "((", "\\\n", "<<a\n", '"${', "<<a\nx"])(
    "is not waited for: %j again and again",
    (piece) => {
      endsSoon(() => placeAtEnd(piece.repeat(HUGE / piece.length)));
    },
  );
});
