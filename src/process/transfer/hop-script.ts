/**
 * What hosts run when one passes a stream on to the next, over SSH: POSIX sh, and OpenSSH's ssh where one passes on.
 *
 *   door     on each host that receives: a named pipe, and a key that may do nothing but write to it, until the control machine lets go
 *   relay    around what receives on each host: its input goes to further hosts, too, while it arrives
 *
 * What a relay says of its hops, on stderr, is `fake-hop: <news> <host> <why>`: it could not be reached (`missed`), takes the stream (`fed`),
 has taken all of it (`done`), or not (`cut`).
 */
import { quote } from "../../command/quote.ts";
import { SAYS } from "./host-run.ts";
import { END_BY_SIGNAL } from "./script.ts";

/** Where another host finds a door, as the host itself sees it. */
export interface Door {
  /** Only there: of characters that need no quoting. */
  readonly directory: string;
  readonly user: string;
  readonly address: string;
  readonly port: number;
  /** Lines for known_hosts, that name the address and the port. */
  readonly hostKeys: readonly string[];
}

/** In front of what a host says of its door, word by word; then come its host keys, line by line, and an empty line. */
const DOOR_LINE = /^door (\/[\w./-]+) ([A-Za-z0-9_][\w.@$-]*) ([A-Za-z0-9:][\w.:%-]*) (\d{1,5})$/;
const KEY_LINE = /^(\S+) ([a-z0-9@.-]+) ([A-Za-z0-9+/=]+)$/;

/** Names what we put into authorized_keys; behind it stands the host, since hosts may share a home directory. */
const MARK = "fake-deploy-hop-";

const PRELUDE = [
  "umask 077",
  "LC_ALL=C; export LC_ALL",
  `say() { printf '${SAYS}%s\\n' "$1" >&2; exit 1; }`,
  "M=$(uname -n | tr -cd A-Za-z0-9-)",
  "d=${TMPDIR:-/tmp}; case $d in *[!A-Za-z0-9/._-]*) d=/tmp;; esac",
  // Left by one that was killed outright.
  'for x in "$d"/fake-hop.$M.*; do p=${x##*."$M".}; [ -O "$x" ] && ! kill -0 "${p%%.*}" 2>/dev/null && rm -rf "$x"; done',
  'D=$(mktemp -d "$d/fake-hop.$M.$$.XXXXXX") || say "no directory can be made in $d"',
].join("\n");

/** Seconds. */
const CONNECT = 10;
const ALIVE = { interval: 5, missed: 3 } as const;

/**
 * Opens a door, says where it is, and closes it at the end of its input. A key line without its pipe is one of a host that went down: it goes, too.
 * Its private half was on the control machine and on the host before it, for the time of one transfer.
 * @param publicKey type and key, as in authorized_keys
 */
export function doorScript(publicKey: string): string {
  return [
    PRELUDE,
    `[ -n "$SSH_CONNECTION" ] || say "SSH does not tell which address it listens on"`,
    "set -- $SSH_CONNECTION",
    `command -v ssh-keyscan >/dev/null || say "there is no ssh-keyscan to know its host key by"`,
    "U=$(id -un)",
    'A=$HOME/.ssh/authorized_keys; [ ! -h "$A" ] || A=$(readlink -f "$A"); new=; [ -e "$A" ] || new=1',
    SWEEP,
    // Who still waits to write is let go.
    `close() { trap '' HUP INT PIPE TERM; : <>"$D/in"; rm -rf "$D"; sweep; }`,
    `trap close EXIT; ${END_BY_SIGNAL}`,
    'mkfifo "$D/in" || say "no named pipe can be made in $D"',
    '[ -d "$HOME/.ssh" ] || mkdir "$HOME/.ssh" || exit',
    `[ ! -s "$A" ] || [ -z "$(tail -c 1 "$A")" ] || echo >>"$A"`,
    `printf '%s\\n' "restrict,command=\\"echo ready; exec cat >$D/in\\" ${publicKey} ${MARK}$M" >>"$A" || say "$A cannot be written"`,
    `printf 'door %s %s %s %s\\n' "$D" "$U" "$3" "$4"`,
    'ssh-keyscan -T 5 -p "$4" "$3" 2>/dev/null | grep -v "^#"; echo',
    "cat >/dev/null",
  ].join("\n");
}

/** Rewrites authorized_keys without those lines of ours whose pipe is gone. Never in place: a power cut would lock its owner out. */
const SWEEP = `sweep() {
  [ -f "$A" ] || return 0
  n=0; until mkdir "$A.fake-lock" 2>/dev/null; do n=$((n+1)); [ $n -lt 50 ] || break; sleep 0.1 2>/dev/null || sleep 1; done
  c=0; t=$A.fake-$$; k=$(cksum <"$A"); m=$(grep -c "" "$A")
  cp -p "$A" "$t" && while IFS= read -r l || [ -n "$l" ]; do
    case $l in
      *" ${MARK}$M") p=\${l#*cat >}; p=\${p%%\\"*}; [ -p "$p" ] || { c=$((c+1)); continue; };;
    esac
    printf '%s\\n' "$l"
  done <"$A" >"$t"
  if [ "$k" != "$(cksum <"$A")" ]; then c=again
  # A full disk must not cost a line.
  elif [ "$c" != 0 ] && [ $(($(grep -c "" "$t") + c)) = "$m" ]; then if [ -s "$t" ] || [ -z "$new" ]; then mv -f "$t" "$A"; else rm -f "$A"; fi
  fi
  rm -f "$t"; rmdir "$A.fake-lock" 2>/dev/null
  [ "$c" != again ] || sweep
}`;

/** What a host says of its door. Undefined for what is none, noise of start-up files in front of it aside. */
export function parseDoor(said: string): Door | undefined {
  const lines = said.split("\n");
  const at = lines.findIndex((line) => DOOR_LINE.test(line));
  const [, directory, user, address, port] = DOOR_LINE.exec(lines[at] ?? "") ?? [];
  if (directory === undefined || user === undefined || address === undefined) return undefined;
  const hostKeys = lines.slice(at + 1).filter((line) => KEY_LINE.test(line));
  if (hostKeys.length === 0) return undefined;
  return { directory, user, address, port: Number(port), hostKeys };
}

/** A host that another passes on to. */
export interface RelayHop {
  /** Its place among the hosts. */
  readonly host: number;
  readonly door: Door;
  /** In the format of OpenSSH. */
  readonly privateKey: string;
}

/**
 * The script that receives, with its input going to others as well. What becomes of them, or of it, stops none of the rest.
 * @param slots the first host of each that can be reached is passed on to
 * @param directory of its own door; undefined for the first one, which has its input from the control machine
 */
export function relayScript(receive: string, slots: readonly (readonly RelayHop[])[], directory: string | undefined): string {
  const input = directory === undefined ? "" : ` <"${directory}/in"`;
  const body = `(\n${receive}\n)`;
  if (slots.length === 0) return `${body}${input}`;
  const outputs = slots.map((_, at) => `"$D/o${at}"`).join(" ");
  return [
    PRELUDE,
    `trap 'rm -rf "$D"' EXIT; ${END_BY_SIGNAL}`,
    HOP,
    ...slots.flatMap((hops, at) => [`mkfifo "$D/o${at}" || exit`, ...hops.flatMap(writeFiles), writeSlot(hops, at)]),
    // Without the signal tee goes on when one of its readers is gone.
    `{ trap '' PIPE; tee ${outputs}${input}; } 2>/dev/null | ( ${body}; r=$?; cat >/dev/null; exit $r )`,
    "r=$?; wait; exit $r",
  ].join("\n");
}

/** `hop HOST SLOT USER ADDRESS PORT`: fails where nothing of the stream was taken. What the other's start-up files say is passed over. */
const HOP = `hop() {
  command -v ssh >/dev/null || { echo "fake-hop: missed $1 there is no ssh to pass it on with" >&2; return 1; }
  rm -f "$D/r$2"
  { ssh -F /dev/null -T -x -a -i "$D/k$1" -o IdentitiesOnly=yes -o IdentityAgent=none -o BatchMode=yes -o PreferredAuthentications=publickey \\
    -o StrictHostKeyChecking=yes -o UserKnownHostsFile="$D/h$1" -o GlobalKnownHostsFile=/dev/null -o LogLevel=ERROR -o EscapeChar=none \\
    -o ConnectTimeout=${CONNECT} -o ConnectionAttempts=2 -o ServerAliveInterval=${ALIVE.interval} -o ServerAliveCountMax=${ALIVE.missed} \\
    -p "$5" -l "$3" -- "$4" 2>"$D/e$2" <&5; echo $? >"$D/s$2"; } | while read -r l; do
      [ "$l" != ready ] || { : >"$D/r$2"; echo "fake-hop: fed $1" >&2; }; done
  read -r s <"$D/s$2"; e=$(tail -n 1 "$D/e$2" | tr -d "\\r"); e=\${e:-ssh has ended with exit code $s}
  [ -e "$D/r$2" ] || { echo "fake-hop: missed $1 $e" >&2; return 1; }
  if [ "$s" = 0 ]; then echo "fake-hop: done $1" >&2; else echo "fake-hop: cut $1 $e" >&2; fi
}`;

function writeFiles({ host, door, privateKey }: RelayHop): readonly string[] {
  return [
    `cat >"$D/k${host}" <<'@fake'`,
    privateKey.trimEnd(),
    "@fake",
    `cat >"$D/h${host}" <<'@fake'`,
    ...door.hostKeys,
    "@fake",
  ];
}

/** What nobody takes any more is read to its end. */
function writeSlot(hops: readonly RelayHop[], at: number): string {
  const tries = hops.map(
    ({ host, door: { user, address, port } }) => `hop ${host} ${at} ${quote(user)} ${quote(address)} ${port}`,
  );
  return `{ ${tries.join(" || ")}; cat <&5 >/dev/null; } 5<"$D/o${at}" &`;
}

/** What a relay has said of one of its hops. */
export interface HopNews {
  readonly kind: "missed" | "fed" | "cut" | "done";
  readonly host: number;
  readonly reason: string;
}

/** What else a relay has said. */
export function withoutNews(said: string): string {
  const others = said.split("\n").filter((line) => parseHopNews(line) === undefined);
  return others.join("\n");
}

/** Undefined for other lines. */
export function parseHopNews(line: string): HopNews | undefined {
  const [, kind, host, reason] = /^fake-hop: (missed|fed|cut|done) (\d+) ?(.*)$/s.exec(line) ?? [];
  return kind === undefined ? undefined : { kind: kind as HopNews["kind"], host: Number(host), reason: reason ?? "" };
}
