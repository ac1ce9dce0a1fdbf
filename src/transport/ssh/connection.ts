import type { Client } from "ssh2";
import { neutralise } from "../../command/neutralise.ts";
import { ConnectError } from "../../errors.ts";
import type { Host } from "../../hosts/host.ts";
import { orAborted, within } from "../../wait.ts";
import { ProcessConnection } from "../framing/connection.ts";
import { Holding } from "../framing/holding.ts";
import { waitForGroups } from "../host-side/left-running.ts";
import { BEAT_MS, CONNECT_MS, GRACE_MS } from "../limits.ts";
import type { Connection, ConnectOptions } from "../transport.ts";
import { Tunnels } from "../tunnels/tunnels.ts";
import type { Deadline } from "./deadline.ts";
import { channelError, connectError, linkLostError, NoShellError, timeoutError } from "./errors.ts";
import type { HostNotes } from "./host-notes.ts";
import { type ClientLink, hasOneSession, hasOnlySessions, Links } from "./links.ts";
import type { SshTransportOptions } from "./options.ts";
import type { SshProcess } from "./session/channel.ts";
import type { Kill } from "./session/kills.ts";
import { type Opening, type OpenSession, openSession, prepareSession } from "./session/opening.ts";
import { SessionPool } from "./session/session-pool.ts";
import { type LogInFurther, WideSource } from "./session/wide-source.ts";
import type { Target, TargetQuery } from "./target.ts";
import { createSshTunnels } from "./tunnel-source.ts";

/** Makes the connections of a transport. */
export interface Dialer {
  /** @throws ConnectError, UsageError */
  connect(host: Host, query: TargetQuery, request: ConnectOptions): Promise<SshConnection>;
  /** Ends all that is not a connection. Never rejects. */
  close(): Promise<void>;
}

export interface Dialled extends ClientLink {
  /** How the server introduced itself: `SSH-2.0-OpenSSH_9.2 comment`. Empty where that is not known. */
  readonly ident: string;
  /** Still running: the caller stops it when the host has proved to work. */
  readonly deadline: Deadline;
}

/** Logs in, and has a session opened as early as can be, if any. @throws ConnectError */
export type Dial = (opening: Opening | undefined, signal: AbortSignal) => Promise<Dialled>;

/**
 * Logs in, and waits until the first shell runs: a host whose shells hang or refuse is found out here.
 * @throws ConnectError; PlainLoginNeededError when nothing ran, and the same may be tried again without haste
 */
export async function openConnection(
  host: Host,
  target: Target,
  dial: Dial,
  { signal, variable, single }: Pick<ConnectOptions, "signal" | "variable" | "single">,
  options: SshTransportOptions,
  notes: HostNotes,
): Promise<SshConnection> {
  const { opening, session } = prepareSession({ program: "shell" }, { variable, beat: options.beat, servesOne: single });
  const dialled = await dial(opening, signal);
  const { deadline } = dialled;
  const connection = new SshConnection(host, target, dialled, session, dial, {
    ...options,
    variable,
    kept: notes,
  });
  deadline.phase = "shell";
  try {
    await orAborted(connection.start(), AbortSignal.any([signal, deadline.signal]));
    return connection;
  } catch (error) {
    dialled.hangUp();
    throw hangError(
      error,
      (
        await within(
          0,
          session.catch(() => undefined),
        )
      )?.shell?.noise ?? "",
    );
  } finally {
    deadline.stop();
  }
}

/** A shell that does not start may have said what it waits for. */
function hangError<E>(error: E, said: string): E | ConnectError {
  if (!(error instanceof ConnectError) || error.code !== "LOGIN_HANGS" || said.trim() === "") return error;
  const { code, host, message, hint } = error;
  return new ConnectError(code, host, `${message} It said: ${neutralise(said.trim())}`, { hint, cause: error });
}

async function startShell(source: Pick<SessionPool, "takeShell" | "returnShell">): Promise<void> {
  source.returnShell(await source.takeShell(undefined), true);
}

/**
 * One host, in one login, and in further ones for processes that it has no session for. Flights take turns on sessions whose shells stay,
 * as many as run at once; a command with input has its own.
 */
export class SshConnection extends ProcessConnection {
  readonly #links: Links;
  readonly #target: Target;
  readonly source: WideSource;
  protected readonly tunnels: Tunnels;

  constructor(
    host: Host,
    target: Target,
    link: Dialled,
    first: Promise<SshProcess>,
    dial: Dial,
    options: SshTransportOptions & Pick<ConnectOptions, "variable">,
  ) {
    const { client, ident } = link;
    const { channels: limit = 9, beat = BEAT_MS, variable } = options;
    const startLimit = Math.max(target.config.connectTimeout ?? 0, CONNECT_MS);
    const explain = (error: unknown): Error => {
      if (!(error instanceof NoShellError)) return error instanceof ConnectError ? error : channelError(target, error);
      return error.isLate
        ? hangError(timeoutError(target, "shell", startLimit), error.said)
        : connectError(target, "NO_SHELL", undefined, error.said);
    };
    const hasOne = hasOneSession(ident);
    const holding = new Holding(hasOne ? "-" : undefined);
    super(host, holding, options);
    const holds = (): boolean => holding.isHolding;
    const onHeld = (): void => this.tellHeld();
    const openOn = (client: Client): OpenSession =>
      hasOne ? (request, what) => this.#dialSession(dial, request, what) : (request, what) => openSession(client, request, what);
    const common = { explain, startLimit, beat, onHeld, variable };
    const pool = new SessionPool(openOn(client), { ...common, limit, first, holds });
    this.#target = target;
    this.#links = new Links((error) => {
      this.source.lost ??= linkLostError(target, error);
      this.tunnels.end(this.source.lost, this.source.lost);
      this.settle(this.source.lost);
    });
    this.#links.add(link, hasOne ? first : undefined);
    /** Its first session is a shell, which notices there when we are gone without a word. */
    const logInFurther: LogInFurther = async (most, onLost) => {
      const { opening, session } = prepareSession({ program: "shell" }, { variable, beat });
      const { deadline, ...further } = await dial(opening, this.#links.over);
      deadline.phase = "shell";
      const elsewhere = (...kill: Kill): Promise<void> => pool.signalGroup(...kill);
      const made = { ...common, limit: most, first: session, holds: () => false, elsewhere };
      const there = new SessionPool(openOn(further.client), made);
      const end = this.#links.addApart(further, (error) => onLost(linkLostError(target, error)));
      try {
        await orAborted(startShell(there), deadline.signal);
      } catch (error) {
        end();
        throw error;
      } finally {
        deadline.stop();
      }
      const hangUp = (): void => {
        there.lost = connectError(target, "CONNECTION_CLOSED");
        void there.abandon(there.lost);
        end();
      };
      return { pool: there, hangUp };
    };
    this.source = new WideSource(pool, logInFurther, 2 * (options.grace ?? GRACE_MS));
    let sessionless: Promise<ClientLink> | undefined;
    const dialSessionless = (): Promise<ClientLink> => {
      sessionless ??= this.#dialLink(dial, undefined);
      // One that was not to be had is asked for again.
      sessionless.catch(() => {
        sessionless = undefined;
      });
      return sessionless;
    };
    const forTunnels = hasOne ? dialSessionless : async () => link;
    this.tunnels = new Tunnels(createSshTunnels(host.id, hasOnlySessions(ident) ? undefined : forTunnels));
  }

  /** Logs in once more. @param session what is served there alone, @default as long as the connection is there */
  async #dialLink(dial: Dial, opening: Opening | undefined, session?: Promise<SshProcess>): Promise<ClientLink> {
    const { deadline, ...link } = await dial(opening, this.#links.over);
    deadline.stop();
    this.#links.add(link, session);
    return link;
  }

  async #dialSession(dial: Dial, ...wanted: Parameters<OpenSession>): Promise<SshProcess> {
    const { opening, session } = prepareSession(...wanted);
    await this.#dialLink(dial, opening, session);
    return session;
  }

  /** Waits until the first shell runs. */
  start(): Promise<void> {
    return startShell(this.source);
  }

  get left(): readonly number[] {
    return this.source.left;
  }

  /**
   * Waits until nothing runs any more of another connection to this host.
   * @throws ConnectError when that does not come to an end; then this one is closed
   */
  async outwait({ left }: Connection, signal: AbortSignal): Promise<void> {
    if (left.length === 0) return;
    const [result] = await this.flight([waitForGroups(left)], { signal });
    if (result?.status === "ok") return;
    await this.close();
    throw connectError(this.#target, "STILL_RUNNING", result?.cause);
  }

  async close(): Promise<void> {
    if (this.source.lost !== undefined) return;
    const reason = connectError(this.#target, "CONNECTION_CLOSED");
    this.source.lost = reason;
    this.tunnels.end(reason, undefined);
    const ended = this.source.abandon(reason);
    this.settle(undefined);
    // Nobody waits for any of this: sshd would let it run on, and the server's goodbye takes a round trip.
    ended.then(() => this.#links.hangUp());
  }
}
