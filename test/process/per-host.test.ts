import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/errors.ts";
import type { Host } from "../../src/hosts/host.ts";
import { toHosts } from "../../src/process/hosts.ts";
import { cycle, hostInCommand, hostInPath, resolvePerHost } from "../../src/process/per-host.ts";
import { anyText } from "../command/texts.ts";

const hosts = toHosts("web[1:5]");
const web1 = hosts[0] as Host;
/** As nobody may write one: put together by hand. */
const strange = (address: string): Host => ({ ...web1, address });

describe("resolvePerHost", () => {
  it("gives each host its value", () => {
    expect(resolvePerHost("uptime", hosts)).toEqual(Array(5).fill("uptime"));
    expect(resolvePerHost(["a", "b"], hosts.slice(0, 2))).toEqual([
      ["a", "b"],
      ["a", "b"],
    ]);
    expect(resolvePerHost(cycle(["a", "b"]), hosts)).toEqual(["a", "b", "a", "b", "a"]);
    expect(resolvePerHost((host, index, all) => `${host.name} ${index} of ${all.length}`, hosts.slice(0, 2))).toEqual([
      "web1 0 of 2",
      "web2 1 of 2",
    ]);
    expect(resolvePerHost(() => undefined, hosts.slice(0, 1))).toEqual([undefined]);
    expect(resolvePerHost(cycle(["a"]), [])).toEqual([]);
  });

  it("goes round in any list, as it was", () => {
    fc.assert(
      fc.property(fc.array(fc.anything(), { minLength: 1, maxLength: 7 }), (values) => {
        const given = [...values];
        const turns = cycle(given);
        given.fill("changed");
        resolvePerHost(turns, hosts).forEach((value, index) => {
          expect(value).toBe(values[index % values.length]);
        });
      }),
    );
  });

  it.each([[[]], ["abc" as never], [undefined as never], [{ length: 1 } as never]])(
    "goes round in nothing else: %j",
    (values) => {
      expect(() => cycle(values)).toThrow(expect.objectContaining({ code: "EMPTY_CYCLE", exitCode: 2 }));
    },
  );

  it("says for which hosts a function failed, all at once, and where", () => {
    const fail = (host: Host): string => {
      if (host.name === "web2") throw new UsageError("NO_ZONE", "It has no zone.", { hint: "Set zone." });
      if (host.name !== "web1") throw new Error("too small");
      return host.name;
    };
    expect(() => resolvePerHost(fail, hosts, "the command")).toThrow(
      expect.objectContaining({
        code: "PER_HOST_FAILED",
        exitCode: 2,
        problems: [
          expect.objectContaining({
            message: "web2: the command cannot be had: It has no zone.",
            subject: "web2",
            hint: "Set zone.",
          }),
          expect.objectContaining({
            message: "web3, web4, web5: the command cannot be had: too small",
            subject: "web3",
            where: expect.objectContaining({ file: import.meta.filename }),
          }),
        ],
      }),
    );
  });

  it("does not take a promise for a value", () => {
    expect(() => resolvePerHost(() => Promise.reject(new Error("unheard")), hosts)).toThrow(
      "web1, web2, web3, web4, web5: a value cannot be had: the function gives a promise.",
    );
  });
});

describe("{{{host}}} in a command", () => {
  it.each([
    ["ping {{{host}}}", "ping web1"],
    ["a {{{host}}} '{{{host}}}' \"{{{host}}}\"", "a web1 'web1' \"web1\""],
    ["no mark", "no mark"],
    ["", ""],
    ["{{host}} {host} {{{ host }}} {{{name}}} ${host} {{{host}}", "{{host}} {host} {{{ host }}} {{{name}}} ${host} {{{host}}"],
    ["{{{{host}}}}", "{web1}"],
    ["{{process.exit(1)}} {a,b} $(id)", "{{process.exit(1)}} {a,b} $(id)"],
  ])("%j becomes %j", (text, command) => {
    expect(hostInCommand(text, web1)).toBe(command);
  });

  it.each(["10.0.0.5", "::1", "fe80::1%eth0", "ünïcode.example", "_dmarc.example"])("takes %s as it is", (address) => {
    expect(hostInCommand('"{{{host}}}"', { ...web1, address: (toHosts(address)[0] as Host).address })).toBe(`"${address}"`);
  });

  it("quotes an address that could mean something, or refuses it where that would not hold", () => {
    expect(hostInCommand("echo {{{host}}} | cat", strange("a; id"))).toBe("echo 'a; id' | cat");
    expect(hostInCommand("echo {{{host}}}", strange("$&$1{{{host}}}"))).toBe("echo '$&$1{{{host}}}'");
    for (const text of ["echo '{{{host}}}'", 'echo "{{{host}}}"', "cat <<END\n{{{host}}}\nEND"])
      expect(() => hostInCommand(text, strange("a; id"))).toThrow(
        expect.objectContaining({
          code: "HOST_IN_COMMAND",
          exitCode: 2,
          message: expect.stringContaining("The address of web1, 'a; id'"),
        }),
      );
    expect(() => hostInCommand("echo {{{host}}}", strange("a\0b"))).toThrow(expect.objectContaining({ code: "HOST_IN_COMMAND" }));
    expect(hostInCommand("echo hello", strange("a\0b"))).toBe("echo hello");
  });

  it("is one word with the address in it, whatever that is", () => {
    const addresses = fc
      .sample(fc.oneof(anyText, fc.stringMatching(/^[-\w.:%$;'"]{0,9}$/)), 300)
      .filter((text) => !text.includes("\0"));
    const script = addresses.map((address) => hostInCommand("printf '%s\\0' {{{host}}};", strange(address))).join("\n");
    const words = execFileSync("sh", { input: script, encoding: "utf8" }).split("\0");
    expect(words.slice(0, -1)).toEqual(addresses);
  });
});

describe("{{{host}}} in a path", () => {
  it.each([
    ["/tmp/{{{host}}}/out-{{{host}}}.txt", "/tmp/web1/out-web1.txt"],
    ["plain", "plain"],
    ["{{host}}/{a}", "{{host}}/{a}"],
  ])("%j becomes %j", (path, found) => {
    expect(hostInPath(path, web1)).toBe(found);
  });

  it("stands as it is, unless it would lead elsewhere", () => {
    expect(hostInPath("{{{host}}}.log", strange("it's $& here"))).toBe("it's $& here.log");
    expect(hostInPath("{{{host}}}.log", strange("::1"))).toBe("::1.log");
    for (const address of ["../x", "a/b", "a\\b", "..", ".", "", "a\0b"])
      expect(() => hostInPath("out/{{{host}}}/x", strange(address))).toThrow(
        expect.objectContaining({ code: "HOST_IN_PATH", exitCode: 2 }),
      );
    expect(hostInPath("out/x", strange(".."))).toBe("out/x");
  });
});
