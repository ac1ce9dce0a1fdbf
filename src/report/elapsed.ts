/** A length of time for people: `<0.1s`, `0.4s`, `12s`, `1m 05s`, `2h 03m`. */
export function formatElapsed(milliseconds: number): string {
  const time = Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : 0;
  if (time < 50) return "<0.1s";
  if (time < 9_950) return `${(time / 1000).toFixed(1)}s`;
  const seconds = Math.round(time / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${two(seconds % 60)}s`;
  return `${Math.floor(minutes / 60)}h ${two(minutes % 60)}m`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
