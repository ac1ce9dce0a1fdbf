/** `~/...` for paths in the home directory. */
export function shortenHome(path: string, home: string): string {
  return home !== "" && path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}
