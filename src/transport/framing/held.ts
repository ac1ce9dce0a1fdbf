/** What is said of a daemon that was started without a thought for the outputs of the command that starts it. */
export function describeHeld(host: string): string {
  const what = `${host}: what a command left running there holds the command's outputs. Nobody waits for it, and what it prints is lost.`;
  return `${what} Start it with \`>/dev/null 2>&1 </dev/null &\`, or as a service.`;
}
