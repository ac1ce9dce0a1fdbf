import { describe, expect, it } from "vitest";
import { parseDoor, parseHopNews, withoutNews } from "../../../src/process/transfer/hop-script.ts";

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
