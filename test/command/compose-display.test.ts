import { describe, expect, it } from "vitest";
import { displayCommand } from "../../src/command/compose.ts";
import { neutralise } from "../../src/command/neutralise.ts";
import { Secret } from "../../src/command/secret.ts";
import { createBuilder } from "./commands.ts";

const { cmd, within } = createBuilder();

describe("displayCommand", () => {
  it("shows the text", () => {
    expect(displayCommand(cmd`npm ci`)).toBe("npm ci");
  });

  it("writes the context out, secrets redacted", () => {
    const command = within("/srv/a b")
      .vars({ TOKEN: new Secret("hunter2"), MODE: "x y" })
      .umask("027")
      .prefix(". env.sh").cmd`npm ci`;
    expect(displayCommand(command)).toBe(
      "cd '/srv/a b' && umask 027 && export TOKEN=[redacted] MODE='x y' && . env.sh && npm ci",
    );
  });

  it.each([
    ["make || true", "cd /srv && (make || true)"],
    ["make; make install", "cd /srv && (make; make install)"],
    ["make &", "cd /srv && (make &)"],
    ["make\nmake install", "cd /srv && (\nmake\nmake install\n)"],
    ["make # all", "cd /srv && (\nmake # all\n)"],
    ["make 2>&1 | tee log && make install", "cd /srv && make 2>&1 | tee log && make install"],
  ])("keeps %j together behind its context", (text, shown) => {
    expect(displayCommand(within("/srv").cmd(text))).toBe(shown);
    expect(displayCommand(cmd(text))).toBe(text);
  });

  it("shows sudo around it", () => {
    expect(displayCommand(createBuilder().as("www").within("/srv").cmd`npm ci`)).toBe(
      "sudo -u www -H -- sh -c 'cd /srv && npm ci'",
    );
  });

  it.each([
    ["doas", "doas -u www -- sh -c 'npm ci'"],
    ["su", "su -s /bin/sh www -c 'npm ci'"],
  ] as const)("shows %s around it", (becomeMethod, shown) => {
    expect(displayCommand({ ...createBuilder().as("www").cmd`npm ci`, becomeMethod })).toBe(shown);
  });

  it("shows the title in its place", () => {
    expect(displayCommand(cmd({ title: "check the host\x1b[31m" })`complicated | thing`)).toBe("check the host");
  });

  it("makes control characters visible", () => {
    expect(displayCommand(cmd(["echo", "\x1b]0;title\x07\x07\u202e"]))).toBe("echo '\\x07\\u202e'");
  });
});

describe("neutralise", () => {
  it.each([
    ["plain text\n\twith a tab, é 漢 😀", "plain text\n\twith a tab, é 漢 😀"],
    ["\x1b[1;31mred\x1b[0m", "red"],
    ["\x1b[2J\x1b[Hgone", "gone"],
    ["\x1b]8;;http://evil\x1b\\link\x1b]8;;\x07", "link"],
    ["\x1b]52;c;ZXZpbA==\x07", ""],
    ["\x1bPq#0\x1b\\sixel", "sixel"],
    ["\x1b(B\x1b7\x1bcx", "x"],
    ["\x9b31mc1", "c1"],
    ["a\r\nb", "a\nb"],
    ["evil\rgood", "evil\\x0dgood"],
    ["\x07\x08\x00\x7f\x85", "\\x07\\x08\\x00\\x7f\\x85"],
    ["\x1b", "\\x1b"],
    ["\x1b]0;never ends\nnext", "\\x1b]0;never ends\nnext"],
    ["a\u202eb\u2066", "a\\u202eb\\u2066"],
  ])("turns %j into %j", (text, shown) => {
    expect(neutralise(text)).toBe(shown);
  });

  it("changes nothing the second time", () => {
    for (let code = 0; code < 0x100; code++) {
      const once = neutralise(`\x1b${String.fromCharCode(code)}[a`);
      expect(neutralise(once)).toBe(once);
      expect(once).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
    }
  });
});
