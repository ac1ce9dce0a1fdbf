/** Line of the key at `path` in YAML or JSON text, counted from 1. The parsers do not tell; keys are found in their order. */
export function findKeyLine(text: string, path: readonly string[]): number {
  const lines = text.split("\n");
  let line = 0;
  let found = 1;
  for (const key of path) {
    const pattern = new RegExp(`(?:^|[\\s{,-])["']?${key.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}["']?\\s*:`);
    const next = lines.findIndex((each, index) => index >= line && pattern.test(each));
    if (next === -1) return found;
    line = next;
    found = next + 1;
  }
  return found;
}
