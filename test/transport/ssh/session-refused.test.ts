import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { connect, output } from "../../support/ssh-host.ts";
import { startTalker } from "../../support/ssh-talker.ts";

describe("a server that gives a session and does not do what is asked for in it", () => {
  it.each([
    [1, "ok"],
    [9, "does not run commands"],
  ])("is asked again, up to a limit: refused %i times, %s", async (times, outcome) => {
    let asked = 0;
    // The first session is the login's.
    const onExec = (reject: () => void): boolean => {
      asked += 1;
      if (asked === 1 || asked > 1 + times) return false;
      reject();
      return true;
    };
    const talker = await startTalker({ ident: "other", authenticate: (attempt) => attempt.accept(), onExec });
    const transport = talker.transport([]);
    try {
      const connection = await connect(transport, "app");
      // As long as this one has the login's session, the other one needs another.
      const over = join(talker.directory, "over");
      const first = output(connection, `until [ -e '${over}' ]; do sleep 0.05; done; echo ok`);
      const second = output(connection, "echo ok");
      await expect(second.then(String, String)).resolves.toContain(outcome);
      expect(asked).toBe(Math.min(1 + times + 1, 5));
      writeFileSync(over, "");
      expect(await first).toBe("ok\n");
    } finally {
      await transport.close();
      await talker.stop();
    }
  });
});
