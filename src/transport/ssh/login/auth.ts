import type { AnyAuthMethod, AuthHandlerMiddleware, Prompt } from "ssh2";
import { neutralise } from "../../../command/neutralise.ts";
import type { Secret } from "../../../command/secret.ts";
import { toError } from "../../../errors.ts";
import type { Deadline } from "../deadline.ts";
import { describeTarget, type Target } from "../target.ts";
import type { FastLogin } from "./fast-login.ts";
import type { Identities } from "./identities.ts";
import { type AgentSession, type Ask, type Identity, LockedKeyError } from "./keys.ts";
import { OneKeyAgent } from "./one-key-agent.ts";

/** What happened in a login so far: what the error is made of. */
export interface AuthLog {
  /** Offered and refused. */
  readonly tried: string[];
  /** Known and not usable, as sentences. */
  readonly notes: string[];
  /** Keys that the server would take, and that stay locked. */
  readonly locked: LockedKeyError[];
  /** A key was taken, and the server wants more than a key. */
  partial: boolean;
  /** What the server accepts, as far as it said so. */
  methods: readonly string[] | undefined;
}

export interface AuthOptions {
  readonly identities: Identities;
  /** Undefined: nobody is to be asked. */
  readonly ask: Ask | undefined;
  readonly deadline: Deadline;
  /** For all password questions; `true`: log in with a password, asking for it. */
  readonly password: Secret | true | undefined;
  /** How to log in, in order. */
  readonly methods: readonly string[];
  readonly log: AuthLog;
  /** What an agent is told of the session. */
  readonly session: () => AgentSession | undefined;
  /** Undefined: plainly. */
  readonly fast: FastLogin | undefined;
}

/**
 * What to offer next, each time the server refused. There is no `none` request in front, which would cost a round trip; it
 * comes last, when all is refused, to learn what the server would have taken.
 */
export function createAuthHandler(target: Target, options: AuthOptions): AuthHandlerMiddleware {
  const attempts = listAttempts(target, options);
  return (methodsLeft: readonly string[] | null, partial: boolean | null, next) => {
    if (methodsLeft !== null) options.log.methods = methodsLeft;
    if (partial === true) options.log.partial = true;
    // ssh2 takes `false` for "that was all"; its types do not know.
    const stop = (): void => next(false as unknown as AnyAuthMethod);
    attempts.next().then(({ value }) => (value === undefined ? stop() : next(value)), stop);
  };
}

async function* listAttempts(target: Target, options: AuthOptions): AsyncGenerator<AnyAuthMethod, undefined> {
  for (const method of options.methods) {
    if (method === "publickey") yield* offerKeys(target, options);
    if (method === "password") yield* offerPassword(target, options);
    if (method === "keyboard-interactive") yield* offerAnswers(target, options);
  }
  yield { type: "none", username: target.user };
  return undefined;
}

/** How to log in, in order, as far as the ssh config allows it. */
export function chooseMethods({ config }: Target, password: AuthOptions["password"]): readonly string[] {
  const asked =
    config.preferredAuthentications ??
    (password === undefined ? ["publickey"] : ["publickey", "password", "keyboard-interactive"]);
  const off = [
    config.pubkeyAuthentication ? "" : "publickey",
    config.passwordAuthentication ? "" : "password",
    config.kbdInteractiveAuthentication ? "" : "keyboard-interactive",
  ];
  return asked.filter((method) => !off.includes(method));
}

async function* offerKeys(target: Target, options: AuthOptions): AsyncGenerator<AnyAuthMethod, undefined> {
  const { log, deadline, fast } = options;
  for (const identity of fast?.identities ?? options.identities.offered) {
    const publicKey = identity.publicKey ?? (await findUnlocked(identity, options));
    if (publicKey === undefined) continue;
    const sign = (data: Buffer, hash: string | undefined): Promise<Buffer> =>
      deadline.whileAsking(() => identity.sign(data, hash, options.ask, options.session()));
    const agent = new OneKeyAgent(publicKey, sign, () => fast?.signed());
    fast?.offer(identity);
    yield { type: "agent", username: target.user, agent };
    if (agent.failure === undefined) log.tried.push(identity.label);
    else if (agent.failure instanceof LockedKeyError) log.locked.push(agent.failure);
    else log.notes.push(`${identity.label} could not sign: ${neutralise(agent.failure.message)}`);
    // ssh2 does not pass on what the server says to an agent's key. But a key that signed and did not get us in is half a login.
    if ((fast?.isHalfIn(identity) ?? agent.signed) && !log.partial) {
      log.partial = true;
      if (!options.methods.includes("keyboard-interactive")) yield* offerAnswers(target, options);
    }
  }
  return undefined;
}

/** The public half of a key that hides even that behind its passphrase. */
async function findUnlocked(identity: Identity, options: AuthOptions): Promise<Identity["publicKey"]> {
  try {
    return await options.deadline.whileAsking(async () => identity.unlock?.(options.ask));
  } catch (error) {
    options.log.notes.push(neutralise(toError(error).message));
    return undefined;
  }
}

async function* offerPassword(target: Target, options: AuthOptions): AsyncGenerator<AnyAuthMethod, undefined> {
  for (let attempt = 1; attempt <= target.config.numberOfPasswordPrompts; attempt++) {
    const given = options.password === true || options.password === undefined ? undefined : options.password.reveal();
    const again = attempt === 1 ? "" : "Wrong password. ";
    const password =
      given ?? (await options.deadline.whileAsking(async () => options.ask?.(`${again}Password for ${describeTarget(target)}`)));
    if (password === undefined) {
      options.log.notes.push("a password: there is nobody to ask");
      return undefined;
    }
    yield { type: "password", username: target.user, password };
    options.log.tried.push("password");
    if (given !== undefined || options.log.methods?.includes("password") === false) return undefined;
  }
  return undefined;
}

/** Asks the server's own questions: one-time codes, PAM's password prompt. */
async function* offerAnswers(target: Target, options: AuthOptions): AsyncGenerator<AnyAuthMethod, undefined> {
  let asked = false;
  const answer = async (name: string, instructions: string, prompts: readonly Prompt[]): Promise<string[]> => {
    asked = true;
    const intro = [name, instructions].filter((text) => text.trim() !== "").map((text) => `${text.trim()} `);
    const answers: string[] = [];
    for (const { prompt, echo } of prompts) {
      const known = echo !== true && prompts.length === 1 && options.password !== true ? options.password?.reveal() : undefined;
      const question = neutralise(`(${describeTarget(target)}) ${intro.join("")}${prompt}`)
        .trim()
        .replace(/:$/, "");
      const given = known ?? (await options.deadline.whileAsking(async () => options.ask?.(question)));
      if (given === undefined) options.log.notes.push("keyboard-interactive: there is nobody to ask");
      answers.push(given ?? "");
    }
    return answers;
  };
  yield {
    type: "keyboard-interactive",
    username: target.user,
    prompt: (name, instructions, _language, prompts, finish) => {
      answer(name, instructions, prompts).then(finish, () => finish(prompts.map(() => "")));
    },
  };
  if (asked) options.log.tried.push("keyboard-interactive");
  return undefined;
}
