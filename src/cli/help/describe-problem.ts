import { neutralise } from "../../command/neutralise.ts";
import { formatLocation, type Problem } from "../../errors.ts";

/** What is wrong and where, unless the message says where itself. Safe to show. */
export function describeProblem({ message, where }: Problem): string {
  const place = where === undefined ? undefined : formatLocation(where);
  return neutralise(place === undefined || message.includes(place) ? message : `${message} (${place})`);
}
