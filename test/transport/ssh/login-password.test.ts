import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { Secret } from "../../../src/command/secret.ts";
import type { Authenticate } from "../../../src/demo/ssh-server.ts";
import { connect, output, refusal } from "../../support/ssh-host.ts";
import { writeKey } from "../../support/ssh-keys.ts";
import { type LoginServer, startLoginServer } from "../../support/ssh-password-server.ts";

const PASSWORD: Authenticate = (attempt) => {
  if (attempt.method === "password" && attempt.password === "right") attempt.accept();
  else attempt.reject(["password"]);
};

const QUESTIONS: Authenticate = (attempt) => {
  if (attempt.method !== "keyboard-interactive") return attempt.reject(["keyboard-interactive"]);
  const prompts = [
    { prompt: "Password: ", echo: false },
    { prompt: "Code\u001b[31m: ", echo: true },
  ];
  attempt.prompt(prompts, "Two questions", (answers) => {
    if (answers.join() === "right,123456") attempt.accept();
    else attempt.reject(["keyboard-interactive"]);
  });
};

/** A key first, and then a code. */
const BOTH: Authenticate = (attempt) => {
  if (attempt.method === "publickey" && attempt.signature === undefined) return attempt.accept();
  if (attempt.method === "publickey") return attempt.reject(["keyboard-interactive"], true);
  if (attempt.method !== "keyboard-interactive") return attempt.reject(["publickey"]);
  attempt.prompt([{ prompt: "Code: ", echo: true }], (answers) => {
    if (answers[0] === "123456") attempt.accept();
    else attempt.reject(["keyboard-interactive"]);
  });
};

describe("logging in with a password", () => {
  let login: LoginServer;

  afterEach(() => login.stop());

  /** Gives the answers in turn, and remembers the questions. */
  const person = (
    ...answers: readonly string[]
  ): { readonly questions: string[]; readonly askSecret: (question: string) => Promise<string | undefined> } => {
    const questions: string[] = [];
    return { questions, askSecret: async (question) => answers[questions.push(question) - 1] };
  };

  it("does not happen unless it was asked for, and says how to ask for it", async () => {
    login = await startLoginServer(PASSWORD);
    const { questions, askSecret } = person("right");
    const error = await refusal(connect(login.transport([], { askSecret }), "app"));
    expect(error.message).toContain("The server takes: password.");
    expect(error.hint).toContain("set PreferredAuthentications publickey,password");
    expect(questions).toEqual([]);
    expect(login.attempts).toEqual(["none"]);
  });

  it("asks for it when the ssh config prefers it, and again when it is wrong", async () => {
    login = await startLoginServer(PASSWORD);
    const { questions, askSecret } = person("wrong", "right");
    const connection = await connect(login.transport(["PreferredAuthentications publickey,password"], { askSecret }), "app");
    expect(await output(connection, "echo in")).toBe("in\n");
    expect(questions).toEqual([
      `Password for deployer@127.0.0.1:${login.server.port}`,
      `Wrong password. Password for deployer@127.0.0.1:${login.server.port}`,
    ]);
    expect(login.attempts).toEqual(["password", "password"]);
    await connection.close();
  });

  it("gives up after three", async () => {
    login = await startLoginServer(PASSWORD);
    const { questions, askSecret } = person("a", "b", "c", "right");
    const error = await refusal(connect(login.transport(["PreferredAuthentications password"], { askSecret }), "app"));
    expect(questions).toHaveLength(3);
    expect(error.message).toContain("Tried: password; password; password.");
  });

  it("takes it from the connect options, once and without asking", async () => {
    login = await startLoginServer(PASSWORD);
    await (await connect(login.transport([]), "app", { password: new Secret("right") })).close();
    await refusal(connect(login.transport([]), "app", { password: new Secret("wrong") }));
    expect(login.attempts.filter((method) => method === "password")).toHaveLength(2);
  });

  it("asks for it when the connect options say so", async () => {
    login = await startLoginServer(PASSWORD);
    const { askSecret } = person("right");
    await (await connect(login.transport([], { askSecret }), "app", { password: true })).close();
  });

  it("fails at once where nobody can be asked", async () => {
    login = await startLoginServer(PASSWORD);
    const error = await refusal(connect(login.transport(["PreferredAuthentications password"]), "app"));
    expect(error.message).toContain("Not usable: a password: there is nobody to ask.");
  });

  it("respects PasswordAuthentication no", async () => {
    login = await startLoginServer(PASSWORD);
    const { questions, askSecret } = person("right");
    await refusal(
      connect(login.transport(["PreferredAuthentications password", "PasswordAuthentication no"], { askSecret }), "app"),
    );
    expect(questions).toEqual([]);
  });

  it("passes on the server's own questions, made harmless", async () => {
    login = await startLoginServer(QUESTIONS);
    const { questions, askSecret } = person("right", "123456");
    const connection = await connect(login.transport(["PreferredAuthentications keyboard-interactive"], { askSecret }), "app");
    const server = `(deployer@127.0.0.1:${login.server.port})`;
    expect(questions).toEqual([`${server} Two questions Password`, `${server} Two questions Code`]);
    await connection.close();
  });

  it("asks for the second factor that a server wants behind the key", async () => {
    login = await startLoginServer(BOTH);
    const { path } = writeKey(join(login.directory, "id"));
    const { questions, askSecret } = person("123456");
    const connection = await connect(login.transport([`IdentityFile ${path}`], { askSecret }), "app");
    expect(questions).toEqual([`(deployer@127.0.0.1:${login.server.port}) Code`]);
    await connection.close();
    const error = await refusal(connect(login.transport([`IdentityFile ${path}`]), "app"));
    expect(error.hint).toContain("wants a second factor");
  });

  it("stops the clock while a person answers", async () => {
    login = await startLoginServer(PASSWORD);
    const askSecret = (): Promise<string> => new Promise((resolve) => setTimeout(() => resolve("right"), 600));
    const transport = login.transport(["PreferredAuthentications password"], { askSecret });
    await (await connect(transport, "app", { timeout: 300 })).close();
  });

  it("names what only ssh itself can do", async () => {
    login = await startLoginServer((attempt) => attempt.reject(["gssapi-with-mic" as "password"]));
    const error = await refusal(connect(login.transport([]), "app"));
    expect(error).toMatchObject({
      code: "UNSUPPORTED_BY_SSH_TRANSPORT",
      message: expect.stringContaining("only takes gssapi-with-mic"),
      hint: expect.stringContaining('transport: "openssh"'),
    });
  });
});
