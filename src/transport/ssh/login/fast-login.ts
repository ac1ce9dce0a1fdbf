/**
 * Logging in to OpenSSH in fewer turns: the key signs without being asked about first (RFC 4252 section 7), and the request for
 * authentication, the
 * signature and the first session go out in one burst, in the place of five questions that each wait for an answer. The host key
 * is verified before any of it, one key signs, and what is sent ahead is a shell that has nothing to do yet. Servers that are
 * not OpenSSH, and an ssh2 that is not the one that this was written for, are logged in to plainly (decisions/009).
 */
import type { Client } from "ssh2";
import { neutralise } from "../../../command/neutralise.ts";
import { toError } from "../../../errors.ts";
import { type Opening, PlainLoginNeededError } from "../session/opening.ts";
import { type EarlyChannel, findInternals, type LoginInternals, OtherNumberError } from "../ssh2-internals.ts";
import { describeTarget, type Target } from "../target.ts";
import type { Identity } from "./keys.ts";

/** What the fast logins of a run learn from each other. */
export type FastLogins = ReturnType<typeof createFastLogins>;

export interface FastLoginOptions {
  readonly shared: FastLogins;
  /** What may be offered, in order. */
  readonly identities: readonly Identity[];
  /** Not a password, for one: nothing goes out together with that. */
  readonly keysComeFirst: boolean;
  /** The first session; jump hosts have none. */
  readonly opening: Opening | undefined;
  /** True when the host key was verified, and may be trusted. */
  readonly isTrusted: () => boolean;
}

/** Of RSA keys the server has to say first which signatures it takes. */
const SIGNS_AT_ONCE = /^(ssh-ed25519|ecdsa-sha2-nistp(256|384|521))$/;

/** The short cuts of one login. */
export class FastLogin {
  /** Why it has to be done again, plainly. */
  fallback: PlainLoginNeededError | undefined;
  /** In the order in which to offer them. */
  readonly identities: readonly Identity[];
  readonly #target: Target;
  readonly #options: FastLoginOptions;
  readonly #leader: Identity | undefined;
  #hooks: { readonly client: Client; readonly internals: LoginInternals } | undefined;
  #offered: Identity | undefined;
  #signed: Identity | undefined;
  #partial: boolean | undefined;
  #early: EarlyChannel | undefined;
  #isTried = false;

  constructor(target: Target, options: FastLoginOptions) {
    this.#target = target;
    this.#options = options;
    const working = options.shared.findWorking(target);
    this.identities = putFirst(options.identities, working);
    this.#leader = options.keysComeFirst ? findLeader(this.identities, working) : undefined;
  }

  /** Right after `client.connect()`. */
  attach(client: Client): void {
    const internals = findInternals(client);
    if (typeof internals === "string") {
      this.#options.shared.note(`Logins are plain: this version of ssh2 has no ${internals} as the fast login knows it.`);
      return;
    }
    this.#hooks = { client, internals };
    const hasBurst = (): boolean => this.#options.opening !== undefined && this.#leader !== undefined && this.#isAllowed();
    internals.skipServiceReply(hasBurst);
    internals.skipKeyQuery(() => this.#isLeading() && this.#isAllowed());
    internals.onAuthFailure((partial) => {
      this.#partial = partial;
      this.#early?.forget();
      this.#early = undefined;
    });
  }

  /** The key that is offered next. */
  offer(identity: Identity): void {
    this.#offered = identity;
    this.#partial = undefined;
  }

  /** A signature has just gone out: what is sent now reaches the server as one who is in, if that lets us in. */
  signed(): void {
    this.#signed = this.#offered;
    const { opening } = this.#options;
    if (this.#hooks === undefined || opening === undefined || this.#isTried || !this.#isAllowed()) return;
    const { client, internals } = this.#hooks;
    this.#isTried = true;
    try {
      internals.ignoreOtherHostKeys();
      this.#early = internals.execAtOnce(this.#watch(opening));
    } catch (error) {
      client.emit("error", toError(error));
    }
  }

  /** What the server said of the key that signed unasked and was refused: right, and not enough. Undefined of other keys. */
  isHalfIn(identity: Identity): boolean | undefined {
    return identity === this.#leader ? this.#partial : undefined;
  }

  /** An error of the client, before or after the login is over. */
  onError(error: Error): void {
    const { opening } = this.#options;
    // sshd says this of a request for a channel that was not given: nothing ran, and sshd hangs up.
    if (this.#early !== undefined && opening !== undefined && /unknown channel/i.test(error.message))
      this.#goBack(error, opening);
  }

  /** The server let us in. True when the first session is on its way. */
  ready(): boolean {
    const key = this.#signed?.publicKey;
    if (key !== undefined) this.#options.shared.remember(this.#target, key.getPublicSSH());
    return this.#early !== undefined;
  }

  #isLeading(): boolean {
    return this.#leader !== undefined && this.#offered === this.#leader;
  }

  /** Never before the host key is verified; only where the server is known to cope. */
  #isAllowed(): boolean {
    return this.#options.isTrusted() && this.#hooks?.internals.ident.startsWith("SSH-2.0-OpenSSH_") === true;
  }

  #watch(opening: Opening): Opening {
    return {
      ...opening,
      opened: (channel) => {
        this.#early = undefined;
        opening.opened(channel);
      },
      failed: (error) => {
        if (error instanceof OtherNumberError) return this.#goBack(error, opening);
        this.#early = undefined;
        opening.failed(error);
      },
    };
  }

  #goBack(error: Error, opening: Opening): void {
    this.#early = undefined;
    this.fallback = new PlainLoginNeededError(error);
    this.#options.shared.avoid(this.#target, error.message);
    opening.failed(this.fallback);
  }
}

/** `note`: for those who look closely; each sentence once. */
export function createFastLogins(note: (text: string) => void) {
  const working = new Map<string, Buffer>();
  const plain = new Set<string>();
  const keyOf = (target: Target): string => [describeTarget(target), ...target.via].join(" ");
  return {
    note,
    /** The public key, as SSH writes it, that logged in to this server before. */
    findWorking: (target: Target) => working.get(keyOf(target)),
    remember: (target: Target, key: Buffer) => void working.set(keyOf(target), key),
    /** A server that was logged in to fast, and did not cope. */
    isPlain: (target: Target) => plain.has(keyOf(target)),
    avoid(target: Target, why: string): void {
      plain.add(keyOf(target));
      note(`${describeTarget(target)} is logged in to plainly, it did not follow the fast login: ${neutralise(why)}`);
    },
  };
}

/**
 * The key that signs unasked: the one that is known to work, or the only one. Of several, each would sign in turn, and an agent
 * may ask a person each time. Nor is a passphrase asked for before the server has said that it would take the key.
 */
function findLeader(identities: readonly Identity[], working: Buffer | undefined): Identity | undefined {
  const [first, ...others] = identities;
  const key = first?.publicKey;
  if (first === undefined || key === undefined || !SIGNS_AT_ONCE.test(key.type) || !first.isOpen()) return undefined;
  return others.length === 0 || working?.equals(key.getPublicSSH()) === true ? first : undefined;
}

function putFirst(identities: readonly Identity[], working: Buffer | undefined): readonly Identity[] {
  const isWorking = ({ publicKey }: Identity): boolean =>
    working !== undefined && publicKey?.getPublicSSH().equals(working) === true;
  return [...identities.filter(isWorking), ...identities.filter((identity) => !isWorking(identity))];
}
