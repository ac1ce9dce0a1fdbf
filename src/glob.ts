/**
 * `*` and `?` only, as ssh has it. Two pointers instead of a regular expression: no pattern makes it
 * slow. Lists of characters instead of strings: `?` is one of these, and a piece `[a-z]` or `[!a-z]` is one of its own.
 */
export function matchesGlob(pattern: ArrayLike<string>, text: ArrayLike<string>): boolean {
  let at = 0;
  let star = -1;
  let mark = 0;
  let position = 0;
  while (position < text.length) {
    if (pattern[at] === "*") {
      star = at++;
      mark = position;
    } else if (at < pattern.length && (pattern[at] === "?" || isPiece(pattern[at], text[position]))) {
      at++;
      position++;
    } else if (star !== -1) {
      at = star + 1;
      position = ++mark;
    } else {
      return false;
    }
  }
  while (pattern[at] === "*") at++;
  return at === pattern.length;
}

function isPiece(piece = "", character = ""): boolean {
  if (piece.length < 3) return piece === character;
  const not = /^\[[!^]/.test(piece);
  const list = piece.slice(not ? 2 : 1, -1);
  const ranges = Array.from(list.matchAll(/(.)(?:-(.))?/gs));
  return ranges.some(([, from = "", to = from]) => from <= character && character <= to) !== not;
}

/** A list of patterns as ssh has it: one has to match, and no negated one may. */
export function matchesPatternList(patterns: readonly string[], text: string): boolean {
  let matched = false;
  for (const pattern of patterns) {
    const negated = pattern.startsWith("!");
    if (pattern === "" || !matchesGlob(negated ? pattern.slice(1) : pattern, text)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}
