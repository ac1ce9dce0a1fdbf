/** A deploy path of a real host, laid out here as it is there: names, kinds, sizes and modes; contents only of what is read. */
import { chmodSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { quote } from "../command/quote.ts";
import { FakeError, toError } from "../errors.ts";
import { type RemoteHost, runThere } from "./remote-host.ts";

/** Bytes of the largest file that is laid out: it takes no room, but a file system has its limits. */
const LARGEST = 2 ** 40;
/** Bytes of what a host tells of a deploy path: names of hundreds of thousands of files. */
const MOST_TOLD = 64 * 2 ** 20;
/** Files, directories and links. */
const MOST_ENTRIES = 1_000_000;

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
  try {
    const told = gunzipSync(Buffer.from(answer, "base64"), { maxOutputLength: MOST_TOLD });
    layOut(told.toString("utf8").split("\0"), path, into);
  } catch (error) {
    throw new FakeError(
      "REHEARSAL_HOST",
      `${host.name}: what it tells of ${path} cannot be laid out here: ${toError(error).message}`,
      {
        hint: "Look at that folder on the host: a release that is played has far fewer and shorter names.",
      },
    );
  }
}

/** What a host says is data: nothing is written outside of the folder, nothing through a link, and no link leads out of it. */
export function layOut(fields: readonly string[], path: string, into: string): void {
  const folders = new Set(["."]);
  const files = new Set<string>();
  const links = new Set<string>();
  const isFull = (): boolean => folders.size + files.size + links.size > MOST_ENTRIES;
  for (let at = 0; at < fields.length - 1; ) {
    if (fields[at] === "text") {
      const [, name = "", text = ""] = fields.slice(at, at + 3);
      at += 3;
      if (files.has(name)) writeFileSync(join(into, name), Buffer.from(text, "base64"));
      continue;
    }
    const [, kind = "", name = "", mode = "", size = "", target = ""] = fields.slice(at, at + 6);
    at += 6;
    if (isFull()) throw new Error(`there are more than ${MOST_ENTRIES} files`);
    const isKnown = [folders, files, links].some((names) => names.has(name));
    if (isKnown || !isInside(name) || !folders.has(dirname(name))) continue;
    const file = join(into, name);
    if (kind === "d") {
      mkdirSync(file);
      folders.add(name);
    } else if (kind === "l") {
      symlinkSync(linkHere(target, name, path, into), file);
      links.add(name);
    } else {
      writeFileSync(file, "");
      truncateSync(file, Math.min(Math.max(Number(size) || 0, 0), LARGEST));
      chmodSync(file, (Number.parseInt(mode, 8) & 0o100) === 0 ? 0o600 : 0o700);
      files.add(name);
    }
  }
}

/** Where a link leads here. One that leads out of the copy leads nowhere: to a name that says where it led, without a slash. */
function linkHere(target: string, name: string, path: string, into: string): string {
  if (target === path || target.startsWith(`${path}/`)) {
    const rest = target.slice(path.length);
    if (!rest.split("/").includes("..")) return into + rest;
  } else if (!target.startsWith("/")) {
    // What stands behind a name may start from wherever a link of that name leads.
    const up = /^(?:\.{1,2}(?:\/|$))*/.exec(target)?.[0] ?? "";
    const depth = name.split("/").length - 2;
    const isHere = up.split("/").filter((part) => part === "..").length <= depth;
    if (isHere && !target.slice(up.length).split("/").includes("..")) return target;
  }
  return `there:${target.replaceAll("/", "\u2215")}`;
}

/** `./releases/1`: as `find .` names what it finds. */
function isInside(name: string): boolean {
  const [first, ...parts] = name.split("/");
  return first === "." && parts.every((part) => !["", ".", ".."].includes(part));
}
