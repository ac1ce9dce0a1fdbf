import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UsageError } from "../../../src/errors.ts";
import { type MasterSettings, masterArgs } from "../../../src/transport/openssh/argv.ts";

const settings: MasterSettings = {
  name: "app1",
  user: undefined,
  port: undefined,
  sshConfig: undefined,
  socket: "/run/x/1",
  hostKeys: "strict",
  forkAfterAuthentication: false,
  forwardAgent: false,
  timeout: 20_000,
  keepalive: { interval: 15_000, count: 3 },
};

/** The options that stand behind -o. */
function options(more: Partial<MasterSettings> = {}): Record<string, string> {
  const args = masterArgs({ ...settings, ...more });
  const pairs = args.flatMap((arg, index) => (args[index - 1] === "-o" ? [arg.split("=") as [string, string]] : []));
  return Object.fromEntries(pairs);
}

describe("masterArgs", () => {
  it("asks nobody, shares nothing, and starts nothing that the configuration names", () => {
    expect(options()).toEqual({
      ControlMaster: "yes",
      ControlPath: "/run/x/1",
      ControlPersist: "no",
      BatchMode: "yes",
      StrictHostKeyChecking: "yes",
      UpdateHostKeys: "no",
      ConnectTimeout: "20",
      ServerAliveInterval: "15",
      ServerAliveCountMax: "3",
      ForwardAgent: "no",
      ForwardX11: "no",
      ClearAllForwardings: "yes",
      Tunnel: "no",
      PermitLocalCommand: "no",
      RemoteCommand: "none",
      RequestTTY: "no",
      EscapeChar: "none",
      VisualHostKey: "no",
      LogLevel: "DEBUG1",
    });
  });

  it("says what the settings say", () => {
    expect(options({ hostKeys: "accept-new", forwardAgent: true, timeout: 300 })).toMatchObject({
      StrictHostKeyChecking: "accept-new",
      ForwardAgent: "yes",
      ConnectTimeout: "1",
    });
    const args = masterArgs({ ...settings, user: "CORP@me", port: 2222, sshConfig: "/etc/my config" });
    expect(args.slice(0, 3)).toEqual(["-F", "/etc/my config", "-N"]);
    expect(args.slice(-6)).toEqual(["-l", "CORP@me", "-p", "2222", "--", "app1"]);
    expect(masterArgs(settings).slice(-2)).toEqual(["--", "app1"]);
    expect(masterArgs({ ...settings, name: "2001:db8::7" }).at(-1)).toBe("2001:db8::7");
  });

  it.each([
    { name: "-oProxyCommand=touch x" },
    { name: "" },
    { name: "a b" },
    { name: "a\nb" },
    { name: "$(id)" },
    { name: "me@app1" },
    { name: "ssh://app1" },
    { name: "%h" },
    { user: "-l" },
    { user: "a;id" },
    { user: "`id`" },
    { user: "%h" },
  ])("refuses %j", (bad) => {
    expect(() => masterArgs({ ...settings, ...bad })).toThrow(UsageError);
  });

  it("lets no name or user become anything but one argument in its place", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (name, user) => {
        let args: readonly string[];
        try {
          args = masterArgs({ ...settings, name, user });
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
          return;
        }
        expect(args.slice(-4)).toEqual(["-l", user, "--", name]);
        expect(`${name}${user}`).not.toMatch(/[\s'"`$;&|<>(){}\\%/]/);
        expect([name, user].some((text) => text.startsWith("-"))).toBe(false);
      }),
    );
  });
});
