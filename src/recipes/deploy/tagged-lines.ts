/**
 * What a script printed as lines `TAG TEXT`. Behind `lines TAG END`, all lines up to one that is END are texts of that tag, whatever is in them.
 * @returns what gives the texts of a tag, in order
 */
export function readTagged(output: string): (tag: string) => readonly string[] {
  const lines: string[] = [];
  let block: RegExpExecArray | undefined;
  for (const line of output.split("\n")) {
    const [, tag, end] = block ?? [];
    if (line === end) block = undefined;
    else if (block !== undefined) lines.push(`${tag} ${line}`);
    else {
      block = /^lines (\S+) (.+)$/.exec(line) ?? undefined;
      if (block === undefined) lines.push(line);
    }
  }
  return (tag) => lines.flatMap((line) => (line.startsWith(`${tag} `) ? [line.slice(tag.length + 1)] : []));
}
