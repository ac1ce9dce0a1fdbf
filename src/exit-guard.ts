/** What makes of a call of `process.exit` an error that is thrown in its place; undefined where it is none of its business. */
type RefuseExit = (code: unknown) => Error | undefined;

/** The latest is asked first. */
const watchers: RefuseExit[] = [];

/** The process's own, while ours stands before it. */
let exit: typeof process.exit | undefined;

/** From now on `process.exit` is refused where `refuse` gives an error, until the returned function is called. */
export function watchExits(refuse: RefuseExit): () => void {
  if (exit === undefined) {
    exit = process.exit;
    process.exit = askWatchers;
  }
  watchers.unshift(refuse);
  return () => {
    const at = watchers.indexOf(refuse);
    if (at !== -1) watchers.splice(at, 1);
    // Unless someone has wrapped ours meanwhile: then it stays where it is, and hands on.
    if (watchers.length > 0 || process.exit !== askWatchers) return;
    process.exit = exit as typeof process.exit;
    exit = undefined;
  };
}

function askWatchers(code?: typeof process.exitCode): never {
  for (const refuse of watchers) {
    const error = refuse(code ?? process.exitCode);
    if (error !== undefined) throw error;
  }
  return (exit as typeof process.exit)(code);
}
