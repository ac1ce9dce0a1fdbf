/**
 * Byte strings with their length in front, as all formats of SSH have them (RFC 4251 section 5). Gives `count` of them from `at` on:
 * fewer where the data ends before.
 */
export function readStrings(data: Buffer, at: number, count: number): Buffer[] {
  const strings: Buffer[] = [];
  for (let start = at + 4; strings.length < count && start <= data.length; ) {
    const end = start + data.readUInt32BE(start - 4);
    if (end > data.length) break;
    strings.push(data.subarray(start, end));
    start = end + 4;
  }
  return strings;
}

/** The same, one behind the other. */
export function writeStrings(...strings: readonly (string | Buffer)[]): Buffer {
  return Buffer.concat(
    strings.flatMap((string) => {
      const bytes = Buffer.from(string);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}
