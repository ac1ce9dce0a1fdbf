/** Colours, or none. What they mean never depends on them: words and marks say it too. */
export type Paint = ReturnType<typeof createPaint>;

export function createPaint(color: boolean) {
  const style = (open: number, close: number) => (text: string) =>
    color && text !== "" ? `\x1b[${open}m${text}\x1b[${close}m` : text;
  return {
    bold: style(1, 22),
    dim: style(2, 22),
    red: style(31, 39),
    green: style(32, 39),
    yellow: style(33, 39),
    cyan: style(36, 39),
  };
}
