import { fakeHost } from "../../src/testing.ts";
import { createMemoryTransport } from "../../src/transport/memory/transport.ts";
import { nowhere } from "../support/nowhere.ts";
import { titlesOf, transportContract } from "./transport.ts";

transportContract({
  name: "memory",
  isDouble: true,
  async create(answers, programs) {
    const transport = createMemoryTransport(answers);
    for (const [script, program] of Object.entries(programs)) transport.serve(script, program);
    return { transport, host: fakeHost("app1"), directory: nowhere, stop: async () => {} };
  },
  skip: [
    { reason: "no shell runs: a reply cannot show what a command does to it", tests: titlesOf("isolation") },
    {
      reason: "there are no processes",
      tests: [
        "waits for no daemon that keeps the outputs open",
        "says unknown of a command that takes its shell with it",
        "still works after a command took its shell with it",
        "kills the whole process group of a command whose time is up",
        "kills the whole process group of a command that is aborted",
        "lets a command that is aborted clean up",
        "kills a command that ignores SIGTERM",
        "kills what ignores SIGTERM when the shell that has started it dies of that",
        "kills a command with input when it is aborted or its time is up",
        "leaves nothing running when the connection is closed",
      ],
    },
    { reason: "replies take no time, so that tests take none", tests: ["says how long a command took"] },
    {
      reason: "a reply is in memory as a whole before its first byte is passed on",
      tests: ["reads no faster than a raw sink takes it"],
    },
    {
      reason: "all input is read before the reply, so that the reply can depend on it",
      tests: ["minds no command that leaves its input unread"],
    },
    {
      reason: "in memory a host has all names, and no other reaches it",
      tests: ["say that the host does not know a name"],
    },
    {
      reason: "there is no terminal in memory",
      tests: [
        "gives a command a terminal when it is asked to",
        "ends a command on a terminal when its time is up",
        "have no terminal",
      ],
    },
  ],
});
