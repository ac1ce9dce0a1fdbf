import { defineDeployfile, secret } from "fake-deploy";
import { describe, expectTypeOf, it } from "vitest";

describe("settings of every deployfile", () => {
  it("know the programs that commands run as another user with", () => {
    defineDeployfile(({ env, role, host, task }) => {
      env.set({ becomeMethod: "doas", suPassword: true });
      role("old", { hosts: ["o1"], becomeMethod: "su", suPassword: secret("x") });
      host("s1", { becomeMethod: (reader) => (reader.host.name === "s1" ? "sudo" : "su") });
      // @ts-expect-error there is no such program
      env.set({ becomeMethod: "runas" });
      // @ts-expect-error a password in plain text is none
      env.set({ suPassword: "x" });
      task("show", ({ env }) => expectTypeOf(env.becomeMethod).toEqualTypeOf<"sudo" | "doas" | "su">());
    });
  });
});
