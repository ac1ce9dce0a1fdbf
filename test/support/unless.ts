/** For the end of a test's title: why it is skipped on a machine that cannot run it. CI's summary tells it. */
export function unless(isPossible: boolean, reason: string): string {
  return isPossible ? "" : ` (skipped: ${reason})`;
}
