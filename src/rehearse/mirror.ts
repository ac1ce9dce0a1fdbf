/** A deploy path of a real host, laid out here as it is there: names, kinds, sizes and modes; contents only of what is read. */
import { chmodSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { quote } from "../command/quote.ts";
import { type RemoteHost, runThere } from "./remote-host.ts";

/** Bytes of the largest file that is laid out: it takes no room, but a file system has its limits. */
const LARGEST = 2 ** 40;

/** @param path of the deploy path there @param into a folder here, which is made anew */
export async function mirror(host: RemoteHost, path: string, into: string): Promise<void> {
  const answer = await runThere(
    host,
    `cd -- ${quote(path)} && {
find . -path ./repo -prune -o -printf 'tree\\0%y\\0%p\\0%m\\0%s\\0%l\\0'
for file in revisions.log releases/*/REVISION $(find .fake -type f 2>/dev/null); do
  [ ! -f "$file" ] || printf 'text\\0%s\\0%s\\0' "./$file" "$(base64 -w0 <"$file")"
done; } | gzip -c | base64`,
  );
  rmSync(into, { recursive: true, force: true });
  mkdirSync(into, { recursive: true });
  layOut(gunzipSync(Buffer.from(answer, "base64")).toString("utf8").split("\0"), path, into);
}

/** What a host says is data: nothing is written outside of the folder, and nothing through a link. */
export function layOut(fields: readonly string[], path: string, into: string): void {
  const folders = new Set(["."]);
  const files = new Set<string>();
  const links = new Set<string>();
  for (let at = 0; at < fields.length - 1; ) {
    if (fields[at] === "text") {
      const [, name = "", text = ""] = fields.slice(at, at + 3);
      at += 3;
      if (files.has(name)) writeFileSync(join(into, name), Buffer.from(text, "base64"));
      continue;
    }
    const [, kind = "", name = "", mode = "", size = "", target = ""] = fields.slice(at, at + 6);
    at += 6;
    const isKnown = [folders, files, links].some((names) => names.has(name));
    if (isKnown || !isInside(name) || !folders.has(dirname(name))) continue;
    const file = join(into, name);
    if (kind === "d") {
      mkdirSync(file);
      folders.add(name);
    } else if (kind === "l") {
      symlinkSync(target === path || target.startsWith(`${path}/`) ? into + target.slice(path.length) : target, file);
      links.add(name);
    } else {
      writeFileSync(file, "");
      truncateSync(file, Math.min(Math.max(Number(size) || 0, 0), LARGEST));
      chmodSync(file, (Number.parseInt(mode, 8) & 0o100) === 0 ? 0o600 : 0o700);
      files.add(name);
    }
  }
}

/** `./releases/1`: as `find .` names what it finds. */
function isInside(name: string): boolean {
  const [first, ...parts] = name.split("/");
  return first === "." && parts.every((part) => !["", ".", ".."].includes(part));
}
