/** Stretches of time that may overlap: how long was any of them? */
export function createSpans() {
  // Apart from each other, in order.
  let spans: { from: number; to: number }[] = [];
  return {
    /** Must be added in the order of their ends. */
    add(from: number, to: number): void {
      const apart = spans.findLastIndex((span) => span.to < from) + 1;
      const first = spans[apart];
      spans = spans.slice(0, apart);
      spans.push({ from: Math.min(from, first?.from ?? from), to });
    },
    /** Of all of them together; what overlaps counts once. */
    get length(): number {
      return spans.reduce((sum, { from, to }) => sum + to - from, 0);
    },
  };
}
