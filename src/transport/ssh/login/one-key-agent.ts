import ssh2, { type IdentityCallback, type ParsedKey, type SignCallback, type SigningRequestOptions } from "ssh2";
import { toError } from "../../../errors.ts";

/**
 * One identity as ssh2's agent interface: there, and only there, a signature may take its time. So a passphrase is asked
 * for when the server has said that it would take the key, not before.
 */
export class OneKeyAgent extends ssh2.BaseAgent<ParsedKey> {
  signed = false;
  /** Why there is no signature. */
  failure: Error | undefined;
  readonly #key: ParsedKey;
  readonly #sign: (data: Buffer, hash: string | undefined) => Promise<Buffer>;
  readonly #onSent: () => void;

  /** `onSent`: the request with the signature has just been sent. */
  constructor(key: ParsedKey, sign: (data: Buffer, hash: string | undefined) => Promise<Buffer>, onSent: () => void) {
    super();
    this.#key = key;
    this.#sign = sign;
    this.#onSent = onSent;
  }

  override getIdentities(done: IdentityCallback<ParsedKey>): void {
    done(undefined, [this.#key]);
  }

  override sign(_key: ParsedKey, data: Buffer, options: SigningRequestOptions | SignCallback, done?: SignCallback): void {
    const finish = typeof options === "function" ? options : done;
    const hash = typeof options === "function" ? undefined : options.hash;
    this.#sign(data, hash).then(
      (signature) => {
        this.signed = true;
        finish?.(undefined, signature);
        this.#onSent();
      },
      (error: unknown) => {
        this.failure = toError(error);
        finish?.(this.failure);
      },
    );
  }
}
