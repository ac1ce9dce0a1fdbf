/**
 * A release's directory: its id is what differs, where it lies everybody knows. A path that begins inside another word, behind a
 * variable or in a URL is left alone.
 */
const RELEASE = /(?<![\w./~})-])(?<![^\s=(:;,|&<>'"\\]["'])(?:~|\/(?!\/))[^\s'"`=:;,|&<>()]*\/(?=releases\/\d{14}(?!\d))/g;

/** Text with the paths of releases as `releases/<id>`: for rows that have to fit a screen. */
export function shortenPaths(text: string): string {
  return text.replace(RELEASE, "");
}
