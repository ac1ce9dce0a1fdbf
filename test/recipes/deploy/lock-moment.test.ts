import { describe, expect, it } from "vitest";
import { formatMoment } from "../../../src/amounts.ts";
import { defineMoment } from "../../../src/recipes/deploy/lock-moment.ts";
import { posixShells, runScript } from "../../command/shells.ts";
import { unless } from "../../support/unless.ts";

describe.each(posixShells)("the time since when somebody has the lock, told by $name", (shell) => {
  it.skipIf(shell.missing)(
    `is written with its age, as elsewhere${unless(shell.missing === undefined, shell.missing ?? "")}`,
    () => {
      const moments = [
        ["2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z"],
        ["2026-11-20T10:00:00Z", "2026-11-20T10:59:59Z"],
        ["2026-11-20T10:00:00Z", "2026-11-22T09:59:59Z"],
        ["2026-02-28T08:09:08Z", "2026-03-01T08:09:09Z"],
        ["2028-02-29T23:59:59Z", "2028-03-01T00:00:00Z"],
        ["2099-12-31T23:59:59Z", "2100-03-01T00:00:00Z"],
        ["2026-01-02T03:04:05Z", "2026-11-29T09:08:07Z"],
        ["2026-11-20T10:00:00Z", "2026-11-20T09:59:59Z"],
        ["soon", "2026-11-20T09:59:59Z"],
      ] as const;
      const text = moments.map(([since, now]) => `date() { echo ${now}; }; _moment ${since}`).join("\n");
      const told = moments.map(([since, now]) => `${formatMoment(since, now)}\n`).join("");
      expect(runScript(shell, `${defineMoment().script}\n${text}`).stdout.toString()).toBe(told);
    },
  );
});
