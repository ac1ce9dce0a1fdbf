import { quote } from "../../command/quote.ts";
import { UsageError } from "../../errors.ts";

/**
 * A path on a host as one word of shell text that contains a slash: never taken for an option, `~/` is the home directory.
 * @throws UsageError when it is empty
 */
export function quotePath(path: string): string {
  if (typeof path !== "string" || path === "") {
    throw new UsageError("EMPTY_PATH", "A path on the host is empty.", { hint: "Look at the setting it was made from." });
  }
  if (path.startsWith("/")) return quote(path);
  if (path.startsWith("~/")) return `"$HOME"${quote(path.slice(1))}`;
  return quote(`./${path}`);
}
