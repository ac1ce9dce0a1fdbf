import { ProblemsError, UsageError } from "../../errors.ts";
import { drawTasks } from "../../graph/draw.ts";
import type { VerbFunction } from "../argv/invocation.ts";
import { refuseSelections } from "../explain-into.ts";
import { openApp } from "../open-app.ts";
import { sshConfigProblems } from "../ssh-config.ts";

/** Draws what hangs on tasks. */
export const runGraph: VerbFunction = async (invocation, io) => {
  const { options, words } = invocation;
  if (words.length === 0) throw new UsageError("NO_TASK", "No task was named.", { hint: "Usage: fake graph <task>" });
  const app = await openApp(invocation, io);
  const { sealed, problems } = app;
  const wrong = [...problems, ...sshConfigProblems(options, io)];
  if (wrong.length > 0) throw new ProblemsError("DEPLOYFILE", wrong);
  await refuseSelections(invocation, app, "task");
  io.stdout.write(drawTasks(sealed.graph, words, options.format));
  return 0;
};
