/**
 * Waits for a word in a stream, calls `onReady` once when it has come, and takes it out with its line's end. What comes
 * before passes as it is, held back only as long as it may be the beginning of the word.
 */
export function createReadyGate(word: string, onReady: () => void): (chunk: Buffer) => Buffer {
  const needle = Buffer.from(word);
  let held = Buffer.alloc(0);
  let state: "shut" | "line end" | "open" = "shut";

  function skipLineEnd(bytes: Buffer): Buffer {
    let from = 0;
    while (bytes[from] === 13 || bytes[from] === 10) from++;
    if (from < bytes.length) state = "open";
    return bytes.subarray(from);
  }

  return (chunk) => {
    if (state === "open") return chunk;
    if (state === "line end") return skipLineEnd(chunk);
    const bytes = Buffer.concat([held, chunk]);
    const at = bytes.indexOf(needle);
    if (at === -1) {
      const kept = Math.min(bytes.length, needle.length - 1);
      held = bytes.subarray(bytes.length - kept);
      return bytes.subarray(0, bytes.length - kept);
    }
    state = "line end";
    onReady();
    return Buffer.concat([bytes.subarray(0, at), skipLineEnd(bytes.subarray(at + needle.length))]);
  };
}
