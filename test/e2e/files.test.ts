import { randomBytes } from "node:crypto";
import { closeSync, ftruncateSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, said, startStory } from "../support/story.ts";

const sshd = findSshd() !== undefined;
const LIMIT = 64 * 1024 * 1024;

describe.skipIf(!sshd)(`t.readFile over SSH${sshd ? "" : ` (${SSHD_MISSING})`}`, () => {
  let story: Story;
  const at = (name: string): string => join(story.fleet.hosts[0]?.home ?? "", name);
  /** A file of NUL bytes that takes no room. */
  const hollow = (name: string, size: number): void => {
    const file = openSync(at(name), "w");
    ftruncateSync(file, size);
    closeSync(file);
  };

  beforeAll(async () => {
    story = await startStory(1);
  });
  afterAll(() => story?.end());

  it("reads any bytes as node reads them: invalid UTF-8, NUL, characters that arrive in parts, a mark at the beginning", async () => {
    writeFileSync(at("invalid"), Buffer.from("efbbbf61ff00fec3a9e282c3280d0a1b5b316de282", "hex"));
    writeFileSync(at("binary"), randomBytes(1_000_000));
    writeFileSync(at("text"), `x${"\u20ac\u{1f600}".repeat(300_000)}`);
    story.deployfile(`
      task("read", "Read", async (t) => {
        for (const name of ["invalid", "binary", "text"]) {
          const isSame = (await t.readFile(name)) === readFileSync(${JSON.stringify(at("."))} + "/" + name, "utf8");
          t.log.info(name + ": " + (isSame ? "same" : "different"));
        }
      });
    `);
    const file = join(story.directory, "deployfile.ts");
    writeFileSync(file, `import { readFileSync } from "node:fs";\n${readFileSync(file, "utf8")}`);
    const outcome = await story.succeed("-H host1 read --reporter plain");
    for (const name of ["invalid", "binary", "text"]) expect(said(outcome)).toContain(`${name}: same`);
  });

  it("reads 64 MiB, refuses a byte more, and goes on over the same connection", async () => {
    hollow("whole", LIMIT);
    hollow("large", LIMIT + 1);
    story.deployfile(`
      task("read", "Read", async (t) => {
        t.log.info("whole: " + (await t.readFile("whole")).length);
        const error = await t.readFile("large").catch((thrown) => thrown);
        t.log.info("large: " + error.message + " " + error.hint);
        t.log.info("small: " + (await t.capture\`echo still here\`));
      });
    `);
    const outcome = await story.succeed("-H host1 read --reporter plain");
    expect(said(outcome)).toContain(`whole: ${LIMIT}`);
    expect(said(outcome)).toContain("large on host1 is larger than 64 MiB. Fetch it with download().");
    expect(said(outcome)).toContain("small: still here");
  });
});
