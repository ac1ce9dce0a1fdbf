import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { parseDoor, parseHopNews, relayScript, withoutNews } from "../../../src/process/transfer/hop-script.ts";

const KEY = "[10.0.0.5]:2222 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5";

describe("what a host says of its door", () => {
  it("is found behind what start-up files print", () => {
    expect(parseDoor(`Welcome!\ndoor /tmp/fake-hop.web1.12.Ab3 deployer 10.0.0.5 2222\n${KEY}\n\n`)).toEqual({
      directory: "/tmp/fake-hop.web1.12.Ab3",
      user: "deployer",
      address: "10.0.0.5",
      port: 2222,
      hostKeys: [KEY],
    });
    expect(parseDoor(`door /tmp/x u fe80::1%eth0 22\n${KEY}\n\n`)?.address).toBe("fe80::1%eth0");
  });

  // Another host runs ssh with these words, and has them in files.
  it.each([
    ["a user that is an option", `door /tmp/x -v 10.0.0.5 22\n${KEY}\n\n`],
    ["an address that is an option", `door /tmp/x u -v 22\n${KEY}\n\n`],
    ["a directory with shell text", `door /tmp/$(id) u 10.0.0.5 22\n${KEY}\n\n`],
    ["a directory with a quote", `door /tmp/' u 10.0.0.5 22\n${KEY}\n\n`],
    ["a port that is none", `door /tmp/x u 10.0.0.5 ssh\n${KEY}\n\n`],
    ["no host key", "door /tmp/x u 10.0.0.5 22\n\n"],
    ["a host key with more than a key", `door /tmp/x u 10.0.0.5 22\n${KEY} more\n\n`],
    ["nothing", ""],
  ])("%s is refused", (_what, said) => {
    expect(parseDoor(said)).toBeUndefined();
  });
});

describe("what a relay says of its hops", () => {
  it("is told from what its programs say, which may end in a carriage return", () => {
    expect(parseHopNews("fake-hop: missed 3 Permission denied.\r")).toEqual({
      kind: "missed",
      host: 3,
      reason: "Permission denied.\r",
    });
    expect(parseHopNews("fake-hop: done 12")).toEqual({ kind: "done", host: 12, reason: "" });
    expect(parseHopNews("tee: fake-hop: done 12")).toBeUndefined();
    expect(withoutNews("fake: the disk is full\nfake-hop: done 2\nfake-hop: cut 3 closed")).toBe("fake: the disk is full");
  });
});

describe("a relay", () => {
  it("has logged in to the next hosts before anything has come", async () => {
    const folder = mkdtempSync(join(tmpdir(), "fake-relay-"));
    const door = { directory: folder, user: "u", address: "10.0.0.5", port: 22, hostKeys: [KEY] };
    writeFileSync(join(folder, "ssh"), `#!/bin/sh\n: >${folder}/in-$$\necho ready; cat >${folder}/got-$$\n`, { mode: 0o755 });
    execFileSync("mkfifo", [join(folder, "in")]);
    const slots = [1, 2].map((host) => [{ host, door, privateKey: "a key\n" }]);
    const script = relayScript(`cat >${folder}/own`, slots, folder);
    const env = { ...process.env, PATH: `${folder}:${process.env["PATH"]}` };
    const relay = spawn("/bin/sh", ["-c", script], { env, stdio: "ignore" });
    const files = (name: string): readonly string[] =>
      execFileSync("ls", [folder], { encoding: "utf8" })
        .split("\n")
        .filter((one) => one.startsWith(name));
    try {
      await vi.waitFor(() => expect(files("in-")).toHaveLength(2), { timeout: 10_000 });
      expect(readFileSync(join(folder, "own"), "utf8")).toBe("");
      writeFileSync(join(folder, "in"), "a stream");
      expect(await once(relay, "exit")).toEqual([0, null]);
      for (const name of ["own", ...files("got-")]) expect(readFileSync(join(folder, name), "utf8")).toBe("a stream");
      expect(files("got-")).toHaveLength(2);
    } finally {
      relay.kill();
      rmSync(folder, { recursive: true });
    }
  });
});
