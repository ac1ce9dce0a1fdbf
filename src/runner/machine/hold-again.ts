import type { Command } from "../../command/command.ts";
import { quote } from "../../command/quote.ts";
import { ConnectError } from "../../errors.ts";
import type { Connection } from "../../transport/transport.ts";

/**
 * Takes up, over a new connection, what was held over the one that was lost.
 * @throws ConnectError when it is gone: somebody else may have had it since, and what was read before may not be so any more
 */
export async function holdAgain(connection: Connection, command: Command, signal: AbortSignal): Promise<void> {
  const file = command.hold || "";
  const gone = `echo ${quote(`${file} is gone.`)} >&2; exit 1`;
  const again: Command = { ...command, text: `[ -f ${quote(file)} ] || { ${gone}; }\n${command.text}`, quiet: true };
  const [result] = await connection.flight([again], { signal });
  if (result?.status === "ok") return;
  await connection.close();
  const { name } = connection.host;
  const said = result?.stderr.trim() || result?.stdout.trim() || "nobody knows why";
  throw new ConnectError("HOLD_LOST", name, `What this run held on ${name} was lost with the connection: ${said}`, {
    hint: "Somebody else may have worked there meanwhile. Look at the host, then start again.",
    cause: result?.cause,
  });
}
