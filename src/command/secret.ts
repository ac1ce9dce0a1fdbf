/**
 * A value that must never be seen: it prints as `[redacted]` wherever it is turned into text, JSON or a log, also in what remote commands
 * print. In a deployfile, make one with `secret()`. A command never contains it: pass it with `vars`, `stdin` or `writeFile`, which
 * travel over the channel's input and never in a command line.
 * @example
 * const token = new Secret("hunter2");
 * await t.vars({ TOKEN: token }).run`curl --header "Authorization: $TOKEN" https://example.com`;
 * String(token); // "[redacted]"
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself: only for what is sent over a channel's input. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "[redacted]";
  }

  toJSON(): string {
    return "[redacted]";
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "[redacted]";
  }
}
