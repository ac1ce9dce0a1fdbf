import { neutralise } from "../../command/neutralise.ts";
import type { ConnectPhase } from "../ssh/errors.ts";

/** Lines of ssh's that are kept: a banner may be long, and the reason comes last. */
const KEPT = 60;
const LONGEST_LINE = 2000;

/** Said at this log level, and no complaint. */
const CHATTER = /^(?:debug\d: |OpenSSH_|Authenticated to |Transferred: |Bytes per second: |Warning: Permanently added )/;

export interface WordsOptions {
  /** The server took the key, and it lives on a device that waits for a touch. */
  readonly onTouch?: ((key: string) => void) | undefined;
  /** An unknown host key was written down. */
  readonly onAccepted?: ((key: string) => void) | undefined;
}

/** What an ssh process says on its standard error (LogLevel DEBUG1), and what can be learnt from it. */
export class SshWords {
  /** How far it has come. */
  phase: ConnectPhase = "tcp";
  isLoggedIn = false;
  /** Settles when it is. */
  readonly loggedIn: Promise<void>;
  /** Type and fingerprint of the key that the server showed, as `ED25519 SHA256:...`. */
  hostKey: string | undefined;
  /** The server at the end of the way has said what it is: who spoke before is on the way to it. */
  isThere = false;
  /** How it has introduced itself, as on the wire. */
  ident = "";
  /** Keys that were offered. */
  tried: readonly string[] = [];
  /** What the server takes. */
  methods: readonly string[] = [];
  /** The last of what ssh said in words for people. */
  readonly said: string[] = [];
  readonly #options: WordsOptions;
  #settle: () => void = () => undefined;
  #rest = "";

  constructor(options: WordsOptions = {}) {
    this.#options = options;
    this.loggedIn = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  push(text: string): void {
    const lines = `${this.#rest}${text}`.split("\n");
    this.#rest = (lines.pop() ?? "").slice(-LONGEST_LINE);
    for (const line of lines) this.#hear(line.replace(/\r+$/, ""));
  }

  /** No more will come. */
  end(): void {
    if (this.#rest !== "") this.#hear(this.#rest);
    this.#rest = "";
  }

  #hear(line: string): void {
    if (!CHATTER.test(line)) {
      if (line.trim() === "") return;
      this.said.push(neutralise(line.slice(0, LONGEST_LINE)));
      if (this.said.length > KEPT) this.said.shift();
      return;
    }
    if (this.isLoggedIn) return;
    for (const [pattern, learn] of RULES) {
      const found = pattern.exec(line);
      if (found === null) continue;
      Object.assign(this, learn(found.slice(1), this, this.#options));
      break;
    }
    if (this.isLoggedIn) this.#settle();
  }
}

/** What is learnt from a line. */
type Learn = (found: readonly string[], words: SshWords, options: WordsOptions) => Partial<SshWords>;

const RULES: readonly (readonly [RegExp, Learn])[] = [
  [/^debug1: (?:Connection established|Executing proxy command)/, () => ({ phase: "handshake" })],
  [
    /^debug1: Remote protocol version (\S+), remote software version (.*)$/,
    ([version = "", software = ""]) => ({ isThere: true, ident: `SSH-${version}-${software}` }),
  ],
  [
    /^debug1: Server host (?:key|certificate): (\S+) (SHA256:[\w+/=]+)/,
    ([type = "", fingerprint = ""]) => ({ hostKey: `${typeName(type)} ${fingerprint}` }),
  ],
  [/^debug1: SSH2_MSG_NEWKEYS received/, () => ({ phase: "auth" })],
  [/^debug1: Offering public key: (.+)$/, ([key = ""], { tried }) => ({ tried: [...tried, describeOffer(key)] })],
  [/^debug1: Authentications that can continue: (\S+)/, ([list = ""]) => ({ methods: list.split(",") })],
  [
    /^debug1: Server accepts key: (.*-SK(?:-CERT)? SHA256:\S+)/,
    ([key = ""], _words, { onTouch }) => {
      onTouch?.(describeOffer(key));
      return {};
    },
  ],
  [
    /^Warning: Permanently added /,
    (_found, { hostKey = "ssh does not name it" }, { onAccepted }) => {
      onAccepted?.(hostKey);
      return {};
    },
  ],
  [/^Authenticated to /, () => ({ isLoggedIn: true })],
];

/** `ssh-ed25519-cert-v01@openssh.com` is ED25519-CERT, as ssh itself says it. */
function typeName(type: string): string {
  const name = type
    .replace(/@openssh\.com$/, "")
    .replace(/-v\d+$/, "")
    .replace(/^(sk-)?(?:ssh-|rsa-sha2-\d+|ecdsa-sha2-nistp\d+)/, (all, sk: string | undefined) => {
      const base = all.includes("ecdsa") ? "ecdsa" : all.includes("rsa-sha2") ? "rsa" : "";
      return `${base}${sk === undefined ? "" : "-sk"}`;
    });
  return name.replace(/^-sk(\w+)/, "$1-sk").toUpperCase();
}

/** ssh adds where it has the key from, and why it tries it. */
function describeOffer(text: string): string {
  return neutralise(text.replace(/(SHA256:\S+).*$/, "$1"));
}
