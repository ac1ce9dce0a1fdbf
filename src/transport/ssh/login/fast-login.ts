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
import type { Identities } from "./identities.ts";
import type { Identity } from "./keys.ts";

/** What the fast logins of a run learn from each other. */
export type FastLogins = ReturnType<typeof createFastLogins>;

/** What a login has prepared for them. */
export interface FastLoginParts {
  readonly identities: Pick<Identities, "offered">;
  /** How to log in, in order: nothing goes out together with a password. */
  readonly methods: readonly string[];
  /** The first session; jump hosts have none. */
  readonly opening: Opening | undefined;
  /** `isTrusted`: the host key was verified, and may be trusted. */
  readonly hostKey: { readonly isTrusted: boolean };
}

/** Of RSA keys the server has to say first which signatures it takes. */
const SIGNS_AT_ONCE = /^(ssh-ed25519|ecdsa-sha2-nistp(256|384|521))$/;

/** The short cuts of one login. */
export type FastLogin = ReturnType<typeof createFastLogin>;

export function createFastLogin(target: Target, shared: FastLogins, parts: FastLoginParts) {
  const { methods, opening, hostKey } = parts;
  const working = shared.findWorking(target);
  const identities = putFirst(parts.identities.offered, working);
  const leader = methods[0] === "publickey" ? findLeader(identities, working) : undefined;
  let hooks: { readonly client: Client; readonly internals: LoginInternals } | undefined;
  let offered: Identity | undefined;
  let signed: Identity | undefined;
  let wasPartial: boolean | undefined;
  let early: EarlyChannel | undefined;
  let isTried = false;

  /** Never before the host key is verified; only where the server is known to cope. */
  const isAllowed = (): boolean => hostKey.isTrusted && hooks?.internals.ident().startsWith("SSH-2.0-OpenSSH_") === true;

  function watch(asked: Opening): Opening {
    return {
      ...asked,
      opened: (channel) => {
        early = undefined;
        asked.opened(channel);
      },
      failed: (error) => {
        if (error instanceof OtherNumberError) return goBack(error, asked);
        early = undefined;
        asked.failed(error);
      },
    };
  }

  function goBack(error: Error, asked: Opening): void {
    early = undefined;
    login.fallback = new PlainLoginNeededError(error);
    shared.avoid(target, error.message);
    asked.failed(login.fallback);
  }

  const login = {
    /** In the order in which to offer them. */
    identities,
    /** Why it has to be done again, plainly. */
    fallback: undefined as PlainLoginNeededError | undefined,
    /** Right after `client.connect()`. `knowsKeyExchange`: it will be one of X25519. True where keys are exchanged at once. */
    attach(client: Client, knowsKeyExchange: boolean): boolean {
      const internals = findInternals(client);
      if (typeof internals === "string") {
        shared.note(`Logins are plain: this version of ssh2 has no ${internals} as the fast login knows it.`);
        return false;
      }
      hooks = { client, internals };
      if (knowsKeyExchange) internals.exchangeKeysAtOnce();
      internals.skipServiceReply(() => opening !== undefined && leader !== undefined && isAllowed());
      internals.skipKeyQuery(() => leader !== undefined && offered === leader && isAllowed());
      internals.onAuthFailure((partial) => {
        wasPartial = partial;
        early?.forget();
        early = undefined;
      });
      return knowsKeyExchange;
    },
    /** The key that is offered next. */
    offer(identity: Identity): void {
      offered = identity;
      wasPartial = undefined;
    },
    /** A signature has just gone out: what is sent now reaches the server as one who is in, if that lets us in. */
    signed(): void {
      signed = offered;
      if (hooks === undefined || opening === undefined || isTried || !isAllowed()) return;
      const { client, internals } = hooks;
      isTried = true;
      try {
        internals.ignoreOtherHostKeys();
        early = internals.execAtOnce(watch(opening));
      } catch (error) {
        client.emit("error", toError(error));
      }
    },
    /** What the server said of the key that signed unasked and was refused: right, and not enough. Undefined of other keys. */
    isHalfIn: (identity: Identity) => (identity === leader ? wasPartial : undefined),
    /** An error of the client, before or after the login is over. */
    onError(error: Error): void {
      // sshd says this of a request for a channel that was not given: nothing ran, and sshd hangs up.
      if (early !== undefined && opening !== undefined && /unknown channel/i.test(error.message)) goBack(error, opening);
    },
    /** The server let us in. True when the first session is on its way. */
    ready(): boolean {
      const key = signed?.publicKey;
      if (key !== undefined) shared.remember(target, key.getPublicSSH());
      return early !== undefined;
    },
  };
  return login;
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
