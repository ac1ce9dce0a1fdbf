import { expect, it } from "vitest";
import { delegate } from "../../src/transport/delegate.ts";
import type { Connection } from "../../src/transport/transport.ts";

/** The compiler asks for each member of the contract. */
function connection(): { readonly [Name in keyof Connection]-?: Connection[Name] } {
  class Real {
    readonly host = { id: "web1" } as Connection["host"];
    readonly closed = Promise.resolve(undefined);
    #left: readonly number[] = [];
    get left(): readonly number[] {
      return this.#left;
    }
    async flight() {
      this.#left = [4711];
      return [];
    }
    async exec(): Promise<never> {
      throw new Error("not here");
    }
    async open(): Promise<never> {
      throw new Error("no channel");
    }
    async dial(): Promise<never> {
      throw new Error("no tunnel");
    }
    async listen(): Promise<never> {
      throw new Error("no port");
    }
    async close() {
      this.#left = [];
    }
  }
  return new Real();
}

it("hands on every member of a connection, those that change and those of a class included", async () => {
  const real = connection();
  const seen: unknown[] = [];
  const flight: Connection["flight"] = (commands, options) => {
    seen.push(commands);
    return real.flight(commands, options);
  };
  const wrapped = delegate(real, { flight });
  expect([wrapped.host, wrapped.closed, wrapped.left]).toEqual([real.host, real.closed, []]);
  await wrapped.flight([], {});
  expect([seen, wrapped.left]).toEqual([[[]], [4711]]);
  await expect(wrapped.exec({ kind: "command", text: "true" }, {})).rejects.toThrow("not here");
  await expect(wrapped.open({ script: "cat" })).rejects.toThrow("no channel");
  const address = { host: "localhost", port: 1 };
  await expect(wrapped.dial(address, {})).rejects.toThrow("no tunnel");
  await expect(wrapped.listen(address, () => undefined, {})).rejects.toThrow("no port");
  await wrapped.close();
  expect(wrapped.left).toEqual([]);
});
