/** What a script printed as lines `TAG TEXT`. @returns what gives the texts of a tag, in order */
export function readTagged(output: string): (tag: string) => readonly string[] {
  const lines = output.split("\n");
  return (tag) => lines.flatMap((line) => (line.startsWith(`${tag} `) ? [line.slice(tag.length + 1)] : []));
}
