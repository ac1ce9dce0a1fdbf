import { execFileSync } from "node:child_process";

export interface RepositorySize {
  readonly files: number;
  /** In all of them. */
  readonly bytes: number;
  readonly commits: number;
}

/** Of an application. */
export const APPLICATION: RepositorySize = { files: 300, bytes: 5_000_000, commits: 200 };

/** As little for a host to do as there can be. */
export const SMALL: RepositorySize = { files: 6, bytes: 2000, commits: 2 };

/** A bare repository with the branch `master`: the same bytes, and so the same commit ids, each time. */
export function makeRepository(directory: string, size: RepositorySize): void {
  execFileSync("git", ["init", "--quiet", "--bare", "--initial-branch=master", directory]);
  execFileSync("git", ["fast-import", "--quiet"], { cwd: directory, input: Buffer.concat([...history(size)]) });
  execFileSync("git", ["repack", "-q", "-a", "-d"], { cwd: directory });
}

/** The stream of `git fast-import`. Some files are large, most are small, and each commit changes four. */
function* history({ files, bytes, commits }: RepositorySize): Generator<Buffer> {
  const random = createRandom();
  const weights = Array.from({ length: files - 2 }, () => (1 - random()) ** (-1 / 1.3));
  const scale = bytes / weights.reduce((sum, weight) => sum + weight, 0);
  const sizes = new Map([
    ["config/app.env", 200],
    ["log/.keep", 1],
  ]);
  weights.forEach((weight, at) => {
    sizes.set(`app/part${at % 12}/file${at}.ts`, Math.min(Math.max(200, weight * scale), 400_000));
  });
  const paths = [...sizes.keys()];
  const texts = new Map(Array.from(sizes, ([path, size]) => [path, createText(random, size)]));
  for (let commit = 0; commit < commits; commit++) {
    yield Buffer.from(
      `commit refs/heads/master\ncommitter Bench <bench@example.invalid> ${1_690_000_000 + commit * 3600} +0000\n`,
    );
    yield data(`commit ${commit}`);
    const changed = commit === 0 ? paths : [0, 1, 2, 3].map(() => paths[2 + Math.floor(random() * (files - 2))] as string);
    for (const path of new Set(changed)) {
      if (commit > 0) texts.set(path, `${texts.get(path)}change ${commit}\n`);
      yield Buffer.from(`M 100644 inline ${path}\n`);
      yield data(texts.get(path) ?? "");
    }
  }
}

function data(text: string): Buffer {
  return Buffer.from(`data ${Buffer.byteLength(text)}\n${text}\n`);
}

/** Text that compresses about as well as source. */
function createText(random: () => number, size: number): string {
  let text = "";
  while (text.length < size) {
    const words = Array.from({ length: 3 + Math.floor(random() * 9) }, () => Math.floor(random() * 3000).toString(36));
    text += `${"  ".repeat(Math.floor(random() * 4))}${words.join(" ")}\n`;
  }
  return text;
}

/** Mulberry32: numbers from 0 to 1, the same ones each time. */
function createRandom(): () => number {
  let state = 20_240_101;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
