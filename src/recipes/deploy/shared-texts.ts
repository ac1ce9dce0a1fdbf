/** Texts that hosts have said, each kept once. */
const known = new Map<string, string>();
const MOST_KNOWN = 10_000;
/** A host may print what it likes. */
const LONGEST = 200;

/**
 * The same text, as others have it: the hosts of a fleet say much the same of their releases. What is cut out of a text keeps all of that alive, and a host
 * prints 10 kB for some ids and names.
 */
export function shareText(text: string): string {
  if (text.length > LONGEST) return text;
  const found = known.get(text);
  if (found !== undefined) return found;
  // A copy, whatever is in it.
  const copy = JSON.parse(JSON.stringify(text)) as string;
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(copy, copy);
  return copy;
}
