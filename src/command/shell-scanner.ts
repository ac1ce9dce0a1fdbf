/**
 * Follows shell text just far enough to know whether a quoted value may stand at its end.
 * Inside quotes, comments and here-documents a quoted value would not be quoted at all.
 */
export interface ShellScanner {
  scan(text: string): void;
  /** What is open at the end of the text so far. */
  place(): ShellPlace;
}

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

type Mode = "list" | "backtick" | "single" | "double" | "ansi" | "brace" | "arith" | "comment" | "heredoc";

const OPEN: Readonly<Partial<Record<Mode, ShellPlace>>> = {
  single: "single quotes",
  ansi: "single quotes",
  double: "double quotes",
  comment: "a comment",
  heredoc: "a here-document",
  brace: "${...}",
  arith: "$((...))",
};

interface State {
  readonly modes: Mode[];
  /** Delimiters of here-documents whose body starts at the next newline, or is being read. */
  readonly delimiters: string[];
  /** The line of a here-document read so far. */
  line: string;
  escaped: boolean;
  before: string;
}

export function createShellScanner(): ShellScanner {
  const state: State = { modes: ["list"], delimiters: [], line: "", escaped: false, before: "" };
  return {
    scan(text) {
      for (let at = 0; at < text.length; at++) at += step(state, text, at);
    },
    place() {
      if (state.escaped) return "backslash";
      const mode = top(state);
      if (state.before === "$" && (mode === "list" || mode === "backtick")) return "dollar";
      return OPEN[mode] ?? "plain";
    },
  };
}

/** Reads the character at `at`; returns how many more were read. */
function step(state: State, text: string, at: number): number {
  const character = text.charAt(at);
  const mode = top(state);
  if (mode === "heredoc") return heredocStep(state, character);
  if (state.escaped) {
    state.escaped = false;
    state.before = "x";
    return 0;
  }
  const before = state.before;
  state.before = character;
  if (mode === "comment") {
    if (character === "\n") state.modes.pop();
    return 0;
  }
  if (mode === "single") {
    if (character === "'") close(state);
    return 0;
  }
  if (character === "\\") {
    state.escaped = true;
    return 0;
  }
  if (mode === "ansi") {
    if (character === "'") close(state);
    return 0;
  }
  return openStep(state, text, at, mode, before);
}

function openStep(state: State, text: string, at: number, mode: Mode, before: string): number {
  const rest = text.slice(at, at + 3);
  const character = text.charAt(at);
  if (rest === "$((") return push(state, "arith", 2);
  if (rest.startsWith("$(")) return push(state, "list", 1);
  if (rest.startsWith("${")) return push(state, "brace", 1);
  if (character === "`") return mode === "backtick" ? close(state) : push(state, "backtick", 0);
  if (mode === "double") return character === '"' ? close(state) : 0;
  if (mode === "brace") return character === "}" ? close(state) : character === '"' ? push(state, "double", 0) : 0;
  if (mode === "arith") return rest.startsWith("))") ? close(state) + 1 : 0;
  if (character === "'") return push(state, before === "$" ? "ansi" : "single", 0);
  if (character === '"') return push(state, "double", 0);
  if (character === "(") return push(state, "list", 0);
  if (character === ")") return state.modes.length > 1 && mode === "list" ? close(state) : 0;
  if (character === "#" && (before === "" || /[\s;&|()`]/.test(before))) return push(state, "comment", 0);
  if (rest.startsWith("<<") && before !== "<" && rest !== "<<<") return heredocStart(state, text, at);
  if (character === "\n" && state.delimiters.length > 0) return push(state, "heredoc", 0);
  return 0;
}

function heredocStart(state: State, text: string, at: number): number {
  const found = /^<<-?[ \t]*((?:'[^'\n]*'|"[^"\n]*"|\\.|[^\s;&|<>()'"\\])+)/.exec(text.slice(at));
  state.delimiters.push((found?.[1] ?? "").replaceAll(/['"\\]/g, ""));
  state.line = "";
  return (found?.[0].length ?? 2) - 1;
}

function heredocStep(state: State, character: string): number {
  if (character !== "\n") {
    state.line += character;
    return 0;
  }
  if (state.line.replace(/^\t+/, "") === state.delimiters[0]) {
    state.delimiters.shift();
    if (state.delimiters.length === 0) close(state);
  }
  state.line = "";
  state.before = "\n";
  return 0;
}

function push(state: State, mode: Mode, more: number): number {
  state.modes.push(mode);
  state.before = mode === "list" || mode === "backtick" ? "" : "x";
  return more;
}

function close(state: State): number {
  state.modes.pop();
  state.before = "x";
  return 0;
}

function top(state: State): Mode {
  return state.modes.at(-1) ?? "list";
}
