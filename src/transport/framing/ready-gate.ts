/**
 * Waits for a word in a stream, calls `onReady` once when it has come, and takes it out with its line's end. What comes
 * before passes as it is, held back only as long as it may be the beginning of the word.
 */
export function createReadyGate(word: string, onReady: () => void): (chunk: Buffer) => Buffer {
  const needle = Buffer.from(word);
  let held = Buffer.alloc(0);
  let open = false;
  return (chunk) => {
    if (open) return chunk;
    const bytes = Buffer.concat([held, chunk]);
    const at = bytes.indexOf(needle);
    if (at === -1) {
      const kept = Math.min(bytes.length, needle.length - 1);
      held = bytes.subarray(bytes.length - kept);
      return bytes.subarray(0, bytes.length - kept);
    }
    open = true;
    onReady();
    let behind = at + needle.length;
    while (bytes[behind] === 13 || bytes[behind] === 10) behind++;
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(behind)]);
  };
}
