/**
 * How a script reaches a shell without being in any command line, where every user of a host could read it: the shell is
 * started with a short fixed text, reads the script from its standard input line by line, and evaluates it.
 * `read` takes one byte at a time, so what follows the script is still there for the script's own use.
 *
 * The input is: any lines, a line that starts with MARK, the script, the same line again. Lines before the mark are passed
 * over: a sudo password that sudo did not ask for.
 */
const MARK = "@fake-script-";

/** Where the terminal is that somebody else was given. */
export const HELD_TERMINAL = 5;

/** What the script gets on standard input: what follows it there, end of file, the terminal that it is on, or the one that it was given. */
export type LoaderStdin = "rest" | "empty" | "terminal" | "held";

const GIVE: Readonly<Record<LoaderStdin, string>> = {
  rest: "",
  empty: "exec </dev/null;",
  terminal: "exec </dev/tty;",
  held: `exec <&${HELD_TERMINAL} ${HELD_TERMINAL}<&-;`,
};

/**
 * The loader as shell text. Without newline, `!`, single quote or double backslash, so that it can stand in single quotes
 * in any shell a user may log in with (sh, bash, zsh, fish, csh, tcsh).
 */
export function loaderText(stdin: LoaderStdin): string {
  return [
    'n=$(printf "\\nx");n=${n%x};e=;s=',
    `while IFS= read -r l;do case $e in "")case $l in ${MARK}*)e=$l;;esac;;*)` +
      `case $l in "$e")set -- "\${s%$n}";unset n e s l;${GIVE[stdin]}eval "shift;$1";exit;;esac;s=$s$l$n;;esac;done`,
    'echo "fake: the script did not arrive whole" >&2;exit 125',
  ].join(";");
}

/** What to send to a loader's standard input, before anything that the script itself reads there. */
export function loaderInput(script: string): string {
  const mark = markFor(script);
  return `${mark}\n${script}\n${mark}\n`;
}

/** A line that is not in the script. */
export function markFor(script: string): string {
  let number = 1;
  while (script.includes(`${MARK}${number}`)) number++;
  return `${MARK}${number}`;
}
