import { type Script, script, sh } from "../../../index.ts";

/** Longer than the header of an archive has room for: git writes it into an entry of its own, of the kind that POSIX calls pax. */
const TARGET = "t".repeat(120);

/**
 * Part of the check: can the host's tar take what `git archive` writes? GNU's can (since 1.15.90, of 2006) and so does bsdtar; what others
 * do is tried. One that cannot read long targets of links is told of: few revisions have such, and a release with them is refused, so that is
 * left to a check that is `alone`. Nothing is written.
 */
export function checkTar(repoTree: string, alone: boolean): Script {
  if (repoTree === "" && !alone) return script();
  const tree = script(sh`
    ${listed("--strip-components=1")} >/dev/null ||
      say 'problem tar does not know --strip-components, which repoTree needs.\n'
  `);
  return script(sh`
    if command -v tar >/dev/null 2>&1; then
      case $(tar --version 2>/dev/null) in
      *'GNU tar'*|bsdtar*) ;;
      *)
        case $(${listed("-v")}) in
        *${TARGET}*) ;;
        *) printf 'remark tar loses targets of links that are longer than 100 characters: a release with such is refused. GNU tar keeps them.\n' ;;
        esac
        ${repoTree === "" ? script() : tree} ;;
      esac
    fi
  `);
}

/** Lists a link with a long target. */
function listed(option: string): Script {
  const record = `134~linkpath=${TARGET}\n`;
  const entries = [header("x", "x", record.length), record, header("link", "2", 0)];
  return script(sh`printf '%-512s%-512s%-1536s' ${entries} | tr ' ~' '\000 ' | tar ${option} -tf - 2>/dev/null`);
}

/** The header of an entry, with a blank for each byte 0, and a tilde for each blank. */
function header(name: string, type: string, size: number): string {
  const number = (value: number, length: number): string => value.toString(8).padStart(length, "0");
  const before = `${name.padEnd(100)}0000644 0000000 0000000 ${number(size, 11)} ${number(0, 11)} `;
  const after = `${type}${"".padEnd(100)}ustar 00`;
  const bytes = [...before, ..."~".repeat(8), ...after].map((byte) =>
    byte === " " ? 0 : byte === "~" ? 32 : byte.charCodeAt(0),
  );
  const sum = bytes.reduce((all, byte) => all + byte, 0);
  return `${before}${number(sum, 6)} ~${after}`;
}
