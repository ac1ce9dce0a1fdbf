import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { Command } from "../../../src/command/command.ts";
import { removeText, toKeptText } from "../../../src/transport/framing/kept.ts";
import { createMarker, flightParts, joinParts, type ScriptPart } from "../../../src/transport/framing/script.ts";
import { PRELUDE } from "../../../src/transport/framing/start-text.ts";
import { nowhere } from "../../support/nowhere.ts";
import { unless } from "../../support/unless.ts";
import { command, type Flown, parse, printed, type Shell, shells } from "./shells.ts";

const root = mkdtempSync(join(tmpdir(), "fake-kept-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const isRoot = process.getuid?.() === 0;

/** A home of its own, where nothing is kept yet. */
function createHome() {
  const home = mkdtempSync(join(root, "it's a home "));
  const folder = join(home, ".cache/fake-deploy");
  return {
    home,
    folder,
    files: (): readonly string[] => (existsSync(folder) ? readdirSync(folder) : []),
    /** What a shell prints that is sent this, with the home as its HOME, and whether it kept the text. */
    async send(shell: Shell, text: string, commands: readonly Command[], marker: string): Promise<Flown & { kept: boolean[] }> {
      const kept: boolean[] = [];
      const from = await printed(shell, `HOME='${home.replaceAll("'", "'\\''")}'\n${text}`);
      return { ...(await parse(commands, marker, from, { onKept: (has) => kept.push(has) })), kept };
    },
  };
}

function keep(commands: readonly Command[]) {
  const marker = createMarker();
  const parts = [PRELUDE, ...flightParts(commands, marker)];
  return { marker, parts, text: toKeptText(parts, marker) };
}

const kept = (text: string): Command => command(text, { keepText: true });
const outputs = ({ results }: Flown): readonly string[] => results.map(({ stdout, stderr }) => stdout + stderr);
const COMMANDS = [
  kept('echo it\\\'s 20260101000000 && echo "$0" >/dev/null'),
  command("echo 'mine $HOME'"),
  kept("echo end >&2"),
];
const SAID = ["it's 20260101000000\n", "mine $HOME\n", "end\n"];

describe.each(shells)("a text that the host keeps, in $name", (shell) => {
  it("is made by the first who sends it, and read by the next", async () => {
    const { home, folder, files, send } = createHome();
    const first = keep(COMMANDS);
    const made = await send(shell, first.text.whole(), COMMANDS, first.marker);
    expect([made.kept, outputs(made), made.noise]).toEqual([[true], SAID, ""]);
    expect([files(), statSync(folder).mode & 0o777, statSync(join(folder, first.text.id)).mode & 0o777]).toEqual([
      [first.text.id],
      0o700,
      0o600,
    ]);
    expect(statSync(join(home, ".cache")).mode & 0o777).toBe(0o700);
    // Another run, with other ids and another command of the user's.
    const others = [kept(COMMANDS[0]?.text.replaceAll("2026", "2027") ?? ""), command("echo 'yours'"), kept("echo end >&2")];
    const next = keep(others);
    expect(next.text.id).toBe(first.text.id);
    const read = await send(shell, next.text.short(), others, next.marker);
    expect([read.kept, outputs(read), read.noise]).toEqual([[], ["it's 20270101000000\n", "yours\n", "end\n"], ""]);
  });

  it("is all that is kept: nothing that varies, and nothing of another command", async () => {
    const { folder, send } = createHome();
    const { text, marker } = keep(COMMANDS);
    await send(shell, text.whole(), COMMANDS, marker);
    const content = readFileSync(join(folder, text.id), "utf8");
    expect(content).toContain("echo end");
    for (const what of ["mine", "20260101000000", marker.slice(6)]) expect(content).not.toContain(what);
  });

  const damages: Readonly<Record<string, (file: string, folder: string) => void>> = {
    "is gone": (file) => rmSync(file),
    "is empty": (file) => truncateSync(file),
    "is cut between two lines": (file) => writeFileSync(file, readFileSync(file, "utf8").replace(/^_fake_kept=.*\n/m, "")),
    "is a link": (file) => {
      writeFileSync(`${file}.else`, readFileSync(file));
      rmSync(file);
      symlinkSync(`${file}.else`, file);
    },
    "is a directory": (file) => {
      rmSync(file);
      mkdirSync(file);
    },
    "is in a directory that is a link": (_file, folder) => {
      const elsewhere = `${folder}-elsewhere`;
      mkdirSync(elsewhere);
      for (const name of readdirSync(folder)) writeFileSync(join(elsewhere, name), readFileSync(join(folder, name)));
      rmSync(folder, { recursive: true });
      symlinkSync(elsewhere, folder);
    },
    ...(isRoot
      ? {
          "belongs to somebody else": (file: string) => chownSync(file, 65_534, 65_534),
          "is in a directory of somebody else's": (_file: string, folder: string) => chownSync(folder, 65_534, 65_534),
        }
      : {}),
  };

  it.each(Object.entries(damages))(
    `counts as missing when it %s${unless(isRoot, "only root gives files away")}`,
    async (_how, damage) => {
      const { folder, send } = createHome();
      const { text, marker, parts } = keep(COMMANDS);
      await send(shell, text.whole(), COMMANDS, marker);
      damage(join(folder, text.id), folder);
      // The shell waits for the text itself.
      const missed = await send(shell, text.short() + joinParts(parts), COMMANDS, marker);
      expect([missed.kept, outputs(missed), missed.noise]).toEqual([[false], SAID, ""]);
    },
  );

  it("is cut short by a power cut: the shell ends before anything ran, and goes on without the file", async () => {
    const { folder, files, send } = createHome();
    const { text, marker } = keep(COMMANDS);
    await send(shell, text.whole(), COMMANDS, marker);
    truncateSync(join(folder, text.id), 200);
    const cut = await send(shell, text.short(), COMMANDS, marker);
    expect(outputs(cut)).toEqual(["", "", ""]);
    const again = await send(shell, removeText(text) + text.whole(), COMMANDS, marker);
    expect([again.kept, outputs(again), files()]).toEqual([[true], SAID, [text.id]]);
  });

  it("is not kept where others may write", async () => {
    for (const open of [".cache", ".cache/fake-deploy"]) {
      const { home, files, send } = createHome();
      mkdirSync(join(home, ".cache/fake-deploy"), { recursive: true, mode: 0o700 });
      chmodSync(join(home, open), 0o770);
      const { text, marker, parts } = keep(COMMANDS);
      const refused = await send(shell, text.whole() + joinParts(parts), COMMANDS, marker);
      expect([open, refused.kept, outputs(refused), files()]).toEqual([open, [false], SAID, []]);
    }
  });

  it("is not kept where there is no home, or a file in its place", async () => {
    const { home, send } = createHome();
    writeFileSync(join(home, ".cache"), "");
    const { text, marker, parts } = keep(COMMANDS);
    const refused = await send(shell, text.whole() + joinParts(parts), COMMANDS, marker);
    expect([refused.kept, outputs(refused)]).toEqual([[false], SAID]);
    const homeless = await send(shell, `HOME='${nowhere}'\n${text.whole()}${joinParts(parts)}`, COMMANDS, marker);
    expect([homeless.kept, outputs(homeless)]).toEqual([[false], SAID]);
  });

  it("takes the place of those that are old, and of nothing else", async () => {
    const { folder, files, send } = createHome();
    const [old, young] = [keep([kept("echo old")]), keep([kept("echo young")])];
    for (const { text, marker } of [old, young]) await send(shell, text.whole(), [], marker);
    const month = Date.now() / 1000 - 40 * 86_400;
    // A machine that deploys has clones in the same directory, whose objects have names like ours.
    const others = [`${"a".repeat(24)} of mine`, `mirror.git/${"b".repeat(38)}`];
    const draft = `${old.text.id}.4711`;
    mkdirSync(join(folder, "mirror.git"));
    for (const name of [...others, draft]) writeFileSync(join(folder, name), "");
    for (const name of [...others, draft, old.text.id]) utimesSync(join(folder, name), month, month);
    const { text, marker } = keep(COMMANDS);
    await send(shell, text.whole(), COMMANDS, marker);
    expect([...files()].sort()).toEqual([text.id, young.text.id, others[0], "mirror.git"].sort());
    for (const name of others) expect(existsSync(join(folder, name))).toBe(true);
  });
});

describe("a text that the host keeps", () => {
  const [shell] = shells;

  it("is put together for nobody who has it", () => {
    let looks = 0;
    const part = {
      keep: true,
      get word() {
        looks += 1;
        return "echo 'a'";
      },
    };
    const text = toKeptText(["eval ", part], "@fake:m");
    text.short();
    expect(looks).toBe(1);
    expect(text.whole()).toContain("_fake_text='eval '\\''echo");
    expect(looks).toBe(2);
  });

  const piece = fc.oneof(
    fc.string({ unit: "binary-ascii", maxLength: 20 }).filter((text) => !text.includes("\0")),
    fc.constantFrom("'", "\\", '"', "$x", "`", "\n", "@fake:", "20260101000000", "abcdefabcdefabcdef"),
  );
  const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(""));
  const parts: fc.Arbitrary<ScriptPart[]> = fc.array(
    fc.oneof(
      text,
      text.map((word) => ({ word })),
    ),
    { minLength: 1, maxLength: 6 },
  );

  it("comes to the same text, whatever is in it", async () => {
    const { home } = createHome();
    await fc.assert(
      fc.asyncProperty(parts, async (words) => {
        // Each as one word that is printed.
        const shown: ScriptPart[] = words.flatMap((part): ScriptPart[] => [
          "printf '%s\\n' ",
          typeof part === "string" ? `'${part.replaceAll("'", "'\\''")}'` : part,
          "\n",
        ]);
        const script = toKeptText(shown, "@fake:m");
        const sent = `HOME='${home.replaceAll("'", "'\\''")}'\n${script.whole()}${script.short()}`;
        const [plain, both] = [await printed(shell as Shell, joinParts(shown)), await printed(shell as Shell, sent)];
        expect(both.stdout.toString()).toBe(`@fake:m K\n${plain.stdout}${plain.stdout}`);
      }),
      { numRuns: 40 },
    );
  });
});
