/** How far a transfer is. */

/**
 * How far one host is, or all of them together.
 * @example
 * const percent = ({ bytes, totalBytes }: TransferProgress): number => Math.floor((100 * bytes) / (totalBytes ?? bytes));
 */
export interface TransferProgress {
  readonly bytes: number;
  /** Undefined where nobody knows yet. */
  readonly totalBytes: number | undefined;
  readonly files: number;
  readonly totalFiles: number | undefined;
  /** Bytes a second, since the first. */
  readonly rate: number;
  /** Undefined where nobody knows. */
  readonly secondsLeft: number | undefined;
  /** Undefined before it begins. */
  readonly startDate: Date | undefined;
}

/** Counts what one host has. */
export class Meter {
  bytes = 0;
  files = 0;
  totalBytes: number | undefined;
  totalFiles: number | undefined;
  /** What need not be sent: it was there. */
  skipped = 0;
  startDate: Date | undefined;
  #endedAt: number | undefined;
  readonly #onChange: () => void;

  constructor(onChange: () => void = () => undefined) {
    this.#onChange = onChange;
  }

  begin(): void {
    this.startDate ??= new Date();
  }

  addBytes(count: number): void {
    this.begin();
    this.bytes += count;
    this.#onChange();
  }

  addFile(): void {
    this.files++;
  }

  end(): void {
    this.#endedAt ??= Date.now();
    this.#onChange();
  }

  read(): TransferProgress {
    const { bytes, totalBytes, files, totalFiles, startDate } = this;
    const seconds = startDate === undefined ? 0 : ((this.#endedAt ?? Date.now()) - Number(startDate)) / 1000;
    const rate = seconds === 0 ? 0 : (bytes - this.skipped) / seconds;
    return { bytes, totalBytes, files, totalFiles, rate, startDate, secondsLeft: timeLeft(bytes, totalBytes, rate) };
  }
}

/** The sum of all; what one host does not know, nobody knows. */
export function addProgress(all: readonly TransferProgress[]): TransferProgress {
  const sum = (of: (one: TransferProgress) => number | undefined): number | undefined =>
    all.reduce<number | undefined>((total, one) => add(total, of(one)), 0);
  const bytes = sum((one) => one.bytes) ?? 0;
  const totalBytes = sum((one) => one.totalBytes);
  const rate = sum((one) => one.rate) ?? 0;
  const starts = all.flatMap(({ startDate }) => (startDate === undefined ? [] : [Number(startDate)]));
  return {
    bytes,
    totalBytes,
    files: sum((one) => one.files) ?? 0,
    totalFiles: sum((one) => one.totalFiles),
    rate,
    secondsLeft: timeLeft(bytes, totalBytes, rate),
    startDate: starts.length === 0 ? undefined : new Date(Math.min(...starts)),
  };
}

function add(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one + other;
}

function timeLeft(bytes: number, total: number | undefined, rate: number): number | undefined {
  if (total === undefined) return undefined;
  if (bytes >= total) return 0;
  return rate > 0 ? (total - bytes) / rate : undefined;
}
