import { describe, expect, it } from "vitest";
import { parseHost } from "../../../src/hosts/parse-host.ts";
import { checkedOf } from "../../../src/recipes/deploy/check-command.ts";
import { findProblems } from "../../../src/recipes/deploy/check-findings.ts";

const SETTINGS = { deployPath: "/srv/shop", sharedPath: "/srv/shop/shared", minFreeSpace: 0 };

describe("what mends a host", () => {
  it.each([
    ["app1.example.com", {}, "scp .env app1.example.com:", "ssh -t app1.example.com '"],
    ["ada@app1.example.com:2222", {}, "scp -P 2222 .env ada@app1.example.com:", "ssh -t -p 2222 ada@app1.example.com '"],
    ["app1.example.com", { user: "deployer" }, "scp .env deployer@app1.example.com:", "ssh -t deployer@app1.example.com '"],
    [{ host: "app1", address: "10.0.0.5" }, {}, "scp .env 10.0.0.5:", "ssh -t 10.0.0.5 '"],
    [{ host: "app1.example.com", name: "shop" }, {}, "scp .env app1.example.com:", "ssh -t app1.example.com '"],
    ["ada@[2001:db8::7]", {}, "scp .env 'ada@[2001:db8::7]':", "ssh -t ada@2001:db8::7 '"],
    [{ host: "here", transport: "local" }, { user: "deployer" }, "cp .env ", "sudo mkdir"],
  ] as const)("is a command for whoever sits here: %j with %j", (input, settings, copy, command) => {
    const all = { ...SETTINGS, ...settings };
    const env = { ...all, has: (key: string) => key in all } as never;
    const checked = checkedOf({ host: parseHost(input), env });
    const [denied, missing] = findProblems("problem Cannot write to /srv/shop: no\nmissing .env\n", checked);
    expect(missing?.hint).toContain(`: ${copy}/srv/shop/shared/.env`);
    expect(denied?.hint).toContain(`once: ${command}`);
  });
});
