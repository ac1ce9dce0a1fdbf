import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { EnvReader, Secret } from "../../../src/index.ts";
import { command, dotenv, environment, sops, vault } from "../../../src/recipes/secrets/index.ts";
import { createSource } from "../../../src/recipes/secrets/source.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "secrets-"));
  vi.stubEnv("PATH", `${folder}:${process.env["PATH"]}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** A program of that name, first in the PATH. Those that it stands for want accounts and keys. */
function program(name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
}

/** What a setting with that callable comes to. */
const read = async (callable: unknown): Promise<string> =>
  (await (callable as (env: EnvReader) => Promise<Secret>)({} as EnvReader)).reveal();

describe("a source", () => {
  it("is asked once, when the first secret is needed, and again where it gave none", async () => {
    const answers = vi.fn(async () => new Map([["A", "1"]]));
    answers.mockRejectedValueOnce(new Error("closed"));
    const source = createSource("a vault", answers);
    expect(answers).not.toHaveBeenCalled();
    await expect(read(source("A"))).rejects.toThrow("closed");
    expect([await read(source("A")), await read(source("A"))]).toEqual(["1", "1"]);
    expect(answers).toHaveBeenCalledTimes(2);
  });

  it("says which names it has, where one is asked for that it has not", async () => {
    const source = createSource("the file a.env", async () => new Map([["DATABASE_URL", "x"]]));
    await expect(read(source("DATABSE_URL"))).rejects.toMatchObject({
      message: 'There is no "DATABSE_URL" in the file a.env.',
      hint: 'Did you mean "DATABASE_URL"?',
    });
    await expect(read(source("PORT"))).rejects.toMatchObject({ hint: "It has: DATABASE_URL." });
  });
});

describe("what gives secrets", () => {
  it("is a file of lines", async () => {
    writeFileSync(join(folder, "a.env"), "A=1\nB='two words'\n");
    expect(await read(dotenv(join(folder, "a.env"))("B"))).toBe("two words");
    await expect(dotenv(join(folder, "b.env")).all()).rejects.toThrow(
      `The file ${join(folder, "b.env")} cannot be read: there is none.`,
    );
  });

  it("is a variable of the environment, that must not be empty", async () => {
    vi.stubEnv("A_TOKEN", "t0ken");
    vi.stubEnv("B_TOKEN", "");
    expect(await read((env: EnvReader) => environment("A_TOKEN")(env))).toBe("t0ken");
    for (const name of ["B_TOKEN", "C_TOKEN"]) {
      expect(() => environment(name)({} as EnvReader)).toThrow(`The environment variable ${name} is not set.`);
    }
  });

  it("is what a command prints, as one or as several", async () => {
    expect(await read(command("printf 'one\\n'"))).toBe("one");
    expect(await read(command(["printf", "%s", "$HOME"]))).toBe("$HOME");
    expect(
      await read(command(`echo '{"db": {"password": "pw", "port": 5432}, "list": [1]}'`, { gives: "json" })("db.password")),
    ).toBe("pw");
    expect(await read(command("echo A=1", { gives: "dotenv" })("A"))).toBe("1");
  });

  it("is sops, with names that say where it is nested", async () => {
    program("sops", `[ "$*" = "-d --output-type json it's.yaml" ] || exit 9\necho '{"database": {"password": "pw"}}'`);
    expect(await read(sops("it's.yaml")("database.password"))).toBe("pw");
  });

  it("is vault, in both versions of its store", async () => {
    program(
      "vault",
      `[ "$*" = "kv get -format=json secret/shop" ] || exit 9\necho '{"data": {"data": {"token": "two"}, "metadata": {"version": 1}}}'`,
    );
    program("bao", `echo '{"data": {"token": "one", "data": "also"}}'`);
    expect(await read(vault("secret/shop")("token"))).toBe("two");
    expect([...(await vault("secret/shop", { program: "bao" }).all())].map(([name, value]) => [name, value.reveal()])).toEqual([
      ["token", "one"],
      ["data", "also"],
    ]);
  });

  it("says what is not installed, and what a program said when it failed, without what it printed", async () => {
    await expect(vault("secret/shop", { program: "no-such-vault" }).all()).rejects.toMatchObject({
      message: "`no-such-vault kv get secret/shop` cannot be run: no-such-vault is not installed on this machine.",
    });
    await expect(read(command("no-such-op read op://x"))).rejects.toThrow("no-such-op is not installed on this machine.");
    program("vault", "echo s3cr3t; echo 'permission denied' >&2; exit 2");
    const error = await vault("secret/shop").all().catch(String);
    expect(error).toContain("`vault kv get secret/shop` ended with exit code 2: permission denied");
    expect(error).not.toContain("s3cr3t");
    program("vault", "echo s3cr3t");
    const unreadable = await vault("secret/shop").all().catch(String);
    expect(unreadable).toContain("`vault kv get secret/shop` printed what is not JSON.");
    expect(unreadable).not.toContain("s3cr3t");
  });
});
