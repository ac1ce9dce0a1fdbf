/** What files are compared by: SHA-256, and where a host has nothing for that, the CRC of POSIX cksum. */
import { createHash } from "node:crypto";

/**
 * A program of the host that sums are made with, by its name.
 * @example
 * const isStrong = (tool: SumTool): boolean => tool !== "cksum";
 */
export type SumTool = "sha256sum" | "shasum" | "openssl" | "cksum";

/** Best first: shell words that give "sum, blank, name" for each file, or for the input. */
export const SUM_COMMANDS: Readonly<Record<SumTool, string>> = {
  sha256sum: "sha256sum",
  shasum: "shasum -a 256",
  openssl: "openssl dgst -sha256 -r",
  cksum: "cksum",
};

export interface Sum {
  update(data: Uint8Array): void;
  /** As the tool writes it, the name aside. */
  digest(): string;
}

export function createSum(tool: SumTool): Sum {
  if (tool === "cksum") return new Cksum();
  const hash = createHash("sha256");
  return { update: (data) => void hash.update(data), digest: () => hash.digest("hex") };
}

/** Part of a pipe that leaves the sums alone, whatever the names behind them: some have line ends as they are. */
export function sumFilter(tool: SumTool): string {
  return tool === "cksum"
    ? `sed -n 's/^\\([0-9][0-9]* [0-9][0-9]*\\)\\( .*\\)\\{0,1\\}$/\\1/p'`
    : `sed -n 's/^\\\\\\{0,1\\}\\([0-9a-f]\\{64\\}\\)\\([ *].*\\)\\{0,1\\}$/\\1/p'`;
}

const POLYNOMIAL = 0x04c11db7;
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ POLYNOMIAL : crc << 1;
  return crc >>> 0;
});

class Cksum implements Sum {
  #crc = 0;
  #size = 0;

  update(data: Uint8Array): void {
    let crc = this.#crc;
    for (let at = 0; at < data.length; at++) crc = step(crc, data[at] ?? 0);
    this.#crc = crc;
    this.#size += data.length;
  }

  digest(): string {
    let crc = this.#crc;
    for (let size = this.#size; size > 0; size = Math.floor(size / 256)) crc = step(crc, size % 256);
    return `${~crc >>> 0} ${this.#size}`;
  }
}

function step(crc: number, byte: number): number {
  return (crc << 8) ^ (TABLE[(crc >>> 24) ^ byte] ?? 0);
}
