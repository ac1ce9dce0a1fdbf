import { fakeHost } from "../../src/testing.ts";
import { createDryRunTransport } from "../../src/transport/dry-run/transport.ts";
import { titlesOf, transportContract } from "./transport.ts";

transportContract({
  name: "dry-run",
  async create() {
    return { transport: createDryRunTransport(), host: fakeHost("app1"), directory: "/nowhere", stop: async () => {} };
  },
  skip: [
    {
      reason: "nothing is sent: every command succeeds at once, without output",
      tests: [
        ...titlesOf("isolation", "output", "endings", "killing", "a channel of its own", "channels"),
        "closes one connection without the other",
        "says unknown of a command during which the connection is closed",
        "runs commands one after the other",
        "stops at the first failure and skips the rest",
        "goes on after a failure that is accepted",
        "reports output between the start and the end of its command",
        "reports output while the command runs",
        "reports no event of commands that are skipped",
        "keeps concurrent flights apart",
        "runs a command with input in its place",
      ],
    },
  ],
});
