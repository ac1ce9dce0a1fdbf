/** Waiting on a host for what a lost connection left there: its guard ends it, and needs a while where the client fell silent. */

import type { Command } from "../../command/command.ts";
import { OUTWAIT_S } from "../limits.ts";

/** Fails when one of the process groups, or its first process, is still there after all that time. */
export function waitForGroups(groups: readonly number[]): Command {
  // busybox does not know `--`, and says 1 whatever becomes of the group.
  const lives = '[ -d "/proc/$g" ] || { if kill -s 0 -- $$; then kill -s 0 -- "-$g"; else kill -0 "-$g"; fi; } 2>/dev/null';
  const text = `n=0; for g in ${groups.map(Math.trunc).join(" ")}; do while ${lives}; do [ $n -lt ${OUTWAIT_S} ] || exit 1; n=$((n + 1)); sleep 1; done; done`;
  return { kind: "command", text, quiet: true };
}
