/**
 * stdout carries results, and is nobody's but the command line's. What user code and libraries print there goes to
 * `write` instead, until the returned function is called.
 */
export function redirectStdout(write: (text: string) => void): () => void {
  const { stdout } = process;
  const original = stdout.write;
  const decoder = new TextDecoder();
  type Done = (error?: Error | null) => void;
  const redirected = (chunk: string | Uint8Array, encoding?: BufferEncoding | Done, done?: Done): boolean => {
    write(typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true }));
    const callback = typeof encoding === "function" ? encoding : done;
    if (callback !== undefined) process.nextTick(callback);
    return true;
  };
  stdout.write = redirected;
  return () => {
    if (stdout.write === redirected) stdout.write = original;
  };
}
