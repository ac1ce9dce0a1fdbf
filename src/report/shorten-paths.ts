/** A release's directory: its id is what differs, where it lies everybody knows. */
const RELEASE = /(?<![\w./~-])[~/][^\s'"`=:;,|&<>()]*\/(?=releases\/\d{14}(?!\d))/g;

/** Text with the paths of releases as `releases/<id>`: for rows that have to fit a screen. */
export function shortenPaths(text: string): string {
  return text.replace(RELEASE, "");
}
