import { describe, expect, it } from "vitest";
import { ProblemsError } from "../../src/errors.ts";
import { fakeHost, recordEvents } from "../../src/testing.ts";

describe("fakeHost", () => {
  it("is a host as a deployfile writes it, with roles", () => {
    expect(fakeHost("deployer@app1:2222", ["web"])).toMatchObject({
      id: "app1",
      name: "app1",
      user: "deployer",
      port: 2222,
      roles: ["web"],
    });
    expect(fakeHost({ host: "db", zone: "b" }).settings).toEqual({ zone: "b" });
    expect(Object.isFrozen(fakeHost("app1"))).toBe(true);
  });

  it("refuses what a deployfile could not hold", () => {
    expect(() => fakeHost("-oProxyCommand=x")).toThrow(ProblemsError);
  });
});

describe("recordEvents", () => {
  it("keeps events in order, and finds those of a kind", () => {
    const { emit, events, of } = recordEvents();
    emit({ kind: "hostConnecting", host: "a" });
    emit({ kind: "changed", host: "a", text: "x" });
    emit({ kind: "hostConnecting", host: "b" });
    expect(events.map(({ kind }) => kind)).toEqual(["hostConnecting", "changed", "hostConnecting"]);
    expect(of("hostConnecting").map(({ host }) => host)).toEqual(["a", "b"]);
  });
});
