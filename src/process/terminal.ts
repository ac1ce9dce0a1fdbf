import type { ChannelRequest, TerminalSize } from "../transport/channel.ts";

/** `true`: as large as ours, and with it when that changes; 80 by 24 where there is none. */
export type TerminalChoice = boolean | TerminalSize;

const PLAIN: TerminalSize = { columns: 80, rows: 24 };

export function toTerminal(choice: TerminalChoice | undefined): ChannelRequest["terminal"] {
  if (choice === undefined || choice === false) return undefined;
  return { type: process.env["TERM"] ?? "xterm", ...(choice === true ? ourSize() : choice) };
}

/** @returns how to stop */
export function followTerminal(onSize: (size: TerminalSize) => void): () => void {
  const tell = (): void => onSize(ourSize());
  process.stdout.on("resize", tell);
  return () => process.stdout.off("resize", tell);
}

function ourSize(): TerminalSize {
  const { columns, rows } = process.stdout;
  return process.stdout.isTTY && columns > 0 && rows > 0 ? { columns, rows } : PLAIN;
}
