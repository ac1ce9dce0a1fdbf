import { compositionOf, Secret } from "./secret.ts";
import { formsOf, type SecretForm } from "./secret-forms.ts";
import { createSecretMatcher, type HeldText, NOTHING_HELD, type SecretMatcher } from "./secret-matcher.ts";

/** Takes secrets out of text, whatever form they are in. */
export type Redactor = ReturnType<typeof createRedactor>;

export function createRedactor() {
  const values = new Set<string>();
  const forms: SecretForm[] = [];
  let longest = 0;
  let matcher: SecretMatcher | undefined;
  const take: SecretMatcher = (held, chunk, last) => {
    if (forms.length === 0) return { out: chunk, held };
    matcher ??= createSecretMatcher(forms);
    return matcher(held, chunk, last);
  };
  /**
   * From now on, this is taken out, and what it was put together from. Values of one or two characters are too common to hide and are
   * passed over.
   */
  function add(secret: Secret | string): void {
    const value = secret instanceof Secret ? secret.reveal() : secret;
    const made = secret instanceof Secret ? compositionOf(secret) : undefined;
    for (const part of made?.parts ?? []) add(part);
    // Each command that is sent names its secrets again.
    if (values.has(value)) return;
    values.add(value);
    const more = formsOf(value, made?.lines);
    forms.push(...more);
    longest = Math.max(longest, ...more.map(({ text, wrapped }) => (wrapped ? 2 : 1) * text.length));
    matcher = undefined;
  }

  return {
    add,
    /** Characters of the longest form that is taken out, with the line ends that it may be broken by. */
    get longest(): number {
      return longest;
    },
    redact: (text: string): string => take(NOTHING_HELD, text, true).out,
    /** For text that comes in pieces: holds back what may be the start of a secret, which `flush` gives. One for each stream. */
    stream() {
      let held: HeldText = NOTHING_HELD;
      const push = (chunk: string, last: boolean): string => {
        const taken = take(held, chunk, last);
        held = taken.held;
        return taken.out;
      };
      return { push: (chunk: string): string => push(chunk, false), flush: (): string => push("", true) };
    },
  };
}
