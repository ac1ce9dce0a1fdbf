/** Calls back at a steady pace, in milliseconds, without keeping the process alive. @returns how to stop */
export function atPace(milliseconds: number, callback: () => void): () => void {
  const timer = setInterval(callback, milliseconds);
  timer.unref();
  return () => clearInterval(timer);
}
