/** What a host needs to take part in a round, opened while nobody knows yet what the round is to be. */
import ssh2 from "ssh2";
import { type OpenDoor, openDoor } from "./door.ts";
import { OpenAhead, type Wire } from "./host-run.ts";

export class Stand {
  /** For what receives it. */
  readonly ahead: OpenAhead;
  /** Of the one key that its door lets in. */
  readonly privateKey: string;
  readonly #open: () => Promise<OpenDoor>;
  #door: Promise<OpenDoor> | undefined;

  /** @param hasDoor it is likely to have the stream from another host */
  constructor(wire: Wire, hasDoor: boolean, signal: AbortSignal) {
    const { private: privateKey, public: publicKey } = ssh2.utils.generateKeyPairSync("ed25519");
    this.privateKey = privateKey;
    this.#open = () => openDoor(wire, publicKey.trim(), signal);
    this.ahead = new OpenAhead(wire, signal);
    if (!hasDoor) return;
    this.#door = this.#open();
    // Whoever takes it hears of that.
    this.#door.catch(() => undefined);
  }

  /** For whoever takes it to close. Rejects as openDoor does. */
  takeDoor(): Promise<OpenDoor> {
    const door = this.#door ?? this.#open();
    this.#door = undefined;
    return door;
  }

  /** The way in is not needed. Never rejects. */
  async leaveDoor(): Promise<void> {
    const door = this.#door;
    this.#door = undefined;
    await door?.then(
      ({ close }) => close(),
      () => undefined,
    );
  }

  /** What nobody has taken ends. Never rejects. */
  async leave(): Promise<void> {
    this.ahead.leave();
    await this.leaveDoor();
  }
}
