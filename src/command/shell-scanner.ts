/** What is open where shell text ends: a quoted value may stand there only where nothing is. */
export type ShellPlace =
  | "plain"
  | "single quotes"
  | "double quotes"
  | "a comment"
  | "a here-document"
  | "${...}"
  | "$((...))"
  | "backslash"
  | "dollar";

/** What nests. */
type Mode = "list" | "backtick" | "double" | "brace" | "arith";

const INSIDE = { "$((": "arith", "$(": "list", "${": "brace", "`": "backtick" } as const;
const IN_COMMANDS = { ...INSIDE, '"': "double", "(": "list" } as const;

const MODES: Readonly<
  Record<Mode, { readonly place: ShellPlace; readonly end: string; readonly opens: Readonly<Record<string, Mode>> }>
> = {
  list: { place: "plain", end: ")", opens: IN_COMMANDS },
  backtick: { place: "plain", end: "`", opens: IN_COMMANDS },
  double: { place: "double quotes", end: '"', opens: INSIDE },
  brace: { place: "${...}", end: "}", opens: { ...INSIDE, '"': "double" } },
  arith: { place: "$((...))", end: "))", opens: INSIDE },
};

const PIECE = /\\[\s\S]?|\$\(\(|\$[({']|<<<|<<-?|[\s\S]/y;
const QUOTED = /[^']*'/y;
const ESCAPED = /(?:\\[\s\S]|[^'\\])*'/y;
const DELIMITER = /[ \t]*((?:'[^'\n]*'|"[^"\n]*"|\\.|[^\s;&|<>()'"\\])+)/y;

/**
 * Follows shell text just far enough to know whether a quoted value may stand at its end. Inside quotes, comments and here-documents it
 * would not be quoted at all.
 */
export function placeAtEnd(text: string): ShellPlace {
  const modes: Mode[] = [];
  /** Of here-documents whose body starts at the next newline. */
  const delimiters: string[] = [];
  let before = "";
  let at = 0;
  while (at < text.length) {
    const mode = modes.at(-1) ?? "list";
    const { end, opens } = MODES[mode];
    const piece = mode === "arith" && text.startsWith(end, at) ? end : (matchAt(PIECE, text, at)?.[0] ?? "");
    at += piece.length;
    const isWordStart = before === "" || /[\s;&|()`]/.test(before);
    before = piece.length === 1 ? piece : "x";
    const opened = opens[piece];
    if (piece === "\\") return "backslash";
    if (piece === end && modes.length > 0) {
      modes.pop();
      before = "x";
    } else if (opened !== undefined) {
      modes.push(opened);
      before = MODES[opened].place === "plain" ? "" : "x";
    } else if (MODES[mode].place !== "plain") {
      // Nothing else means anything here.
    } else if (piece === "'" || piece === "$'") {
      const quoted = matchAt(piece === "'" ? QUOTED : ESCAPED, text, at);
      if (quoted === null) return "single quotes";
      at += quoted[0].length;
      before = "x";
    } else if (piece === "#" && isWordStart) {
      at = text.indexOf("\n", at);
      if (at === -1) return "a comment";
    } else if (piece === "<<" || piece === "<<-") {
      const [all, delimiter] = matchAt(DELIMITER, text, at) ?? ["", ""];
      delimiters.push((delimiter ?? "").replaceAll(/['"\\]/g, ""));
      at += all.length;
    } else if (piece === "\n") {
      while (delimiters.length > 0) {
        const line = text.indexOf("\n", at);
        if (line === -1) return "a here-document";
        if (text.slice(at, line).replace(/^\t+/, "") === delimiters[0]) delimiters.shift();
        at = line + 1;
      }
    }
  }
  const { place } = MODES[modes.at(-1) ?? "list"];
  return place === "plain" && before === "$" ? "dollar" : place;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
