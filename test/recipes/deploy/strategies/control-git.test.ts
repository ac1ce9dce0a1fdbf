import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { secret } from "../../../../src/index.ts";
import { openClone } from "../../../../src/recipes/deploy/strategies/control-clone.ts";
import { createControlGit } from "../../../../src/recipes/deploy/strategies/control-git.ts";
import { askRemote, gitReason } from "../../../../src/recipes/deploy/strategies/remote-refs.ts";
import type { Control } from "../../../../src/recipes/deploy/strategies/strategy.ts";
import { createGitRepo, type GitRepo } from "../../../support/git-repo.ts";
import { nowhere } from "../../../support/nowhere.ts";

let folder: string;
let repo: GitRepo;
let control: Control;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fake-control-"));
  repo = createGitRepo(join(folder, "repository"));
  control = { environment: { PATH: process.env["PATH"], HOME: folder }, cache: join(folder, "cache"), now: () => Date.now() };
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** @returns PATH with a git that runs this first */
function putGit(body: string): string {
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "bin/git"), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  return `${join(folder, "bin")}:${process.env["PATH"]}`;
}

const request = (url: string): { url: string; password: undefined; ref: string } => ({ url, password: undefined, ref: "main" });

describe("git on the control machine", () => {
  it("works in an environment with editors, pagers and other people's git settings", async () => {
    const sha = repo.commit({ a: "1" });
    const environment = {
      ...control.environment,
      EDITOR: "vi",
      PAGER: "less",
      VISUAL: "vi",
      PREFIX: "/x",
      GIT_DIR: nowhere,
      GIT_EXEC_PATH: "/x",
      GIT_ASKPASS: "x",
    };
    const refs = await askRemote({ ...control, environment }, request(repo.directory));
    expect(refs.refs.get("refs/heads/main")).toBe(sha);
  });

  it("never runs what a URL or a name says", async () => {
    const pwned = join(folder, "pwned");
    for (const url of [`ext::sh -c touch% ${pwned}`, `--upload-pack=touch ${pwned}`]) {
      await expect(askRemote(control, request(url))).rejects.toThrow();
    }
    await expect(askRemote(control, { ...request(repo.directory), ref: `--upload-pack=touch ${pwned}` })).resolves.toMatchObject({
      refs: new Map(),
    });
    expect(existsSync(pwned)).toBe(false);
  });

  it("gets a password through its environment, and ssh is told not to ask", async () => {
    const PATH = putGit(`env | grep -E '^(GIT|FAKE)_' >${join(folder, "env")}; PATH=$PATH_BEFORE exec git "$@"`);
    const PATH_BEFORE = process.env["PATH"];
    const environment = { ...control.environment, PATH, PATH_BEFORE, GIT_SSH_COMMAND: "ssh -i key" };
    const repository = { url: "https://ann@git.invalid/app.git", password: secret("s3cr3t") };
    const git = await createControlGit({ ...control, environment }, repository);
    const shown = await git(["config", "--get-regexp", "^credential"]);
    expect(shown).toContain("$FAKE_GIT_PASSWORD");
    expect(shown).not.toContain("s3cr3t");
    const vars = readFileSync(join(folder, "env"), "utf8");
    expect(vars).toContain("FAKE_GIT_PASSWORD=s3cr3t");
    expect(vars).toContain("GIT_SSH_COMMAND=ssh -i key -o BatchMode=yes -o ConnectTimeout=15");
    expect(vars).toContain("GIT_TERMINAL_PROMPT=0");
  });

  it("gives a password to the server of the repository alone", async () => {
    const repository = { url: "https://ann@git.example.com/app.git", password: secret("s3cr3t") };
    const fill = async (host: string): Promise<string> => {
      const input = `protocol=https\nhost=${host}\nusername=ann\n\n`;
      return (await createControlGit(control, repository))(["credential", "fill"], { input });
    };
    expect(await fill("git.example.com")).toContain("password=s3cr3t");
    await expect(fill("other.example.com")).rejects.toThrow("could not read Password");
  });

  // simple-git 4.0.2 resolves (findings/simple-git-killed.sh).
  it.each([
    ["kill -9 $$", "git was killed"],
    ["exit 3", "git failed without a word (exit code 3)"],
  ])("fails when git does, also without a word: %s", async (body, message) => {
    const git = await createControlGit({ ...control, environment: { PATH: putGit(body) } }, request(repo.directory));
    await expect(git(["rev-parse", "HEAD"])).rejects.toThrow(message);
  });

  it("says why it failed in one line", async () => {
    const error = await askRemote(control, request(`${nowhere}/app.git`)).catch((thrown: unknown) => thrown);
    expect(gitReason(error)).toBe(`'${nowhere}/app.git' does not appear to be a git repository`);
  });
});

/** What stands for ssh: says who it is and runs the command here. A `strict` one takes a host and a command, as git promises it, and no more. */
function writeSsh(name: string, { strict = false } = {}): string {
  const file = join(folder, name);
  const check = strict ? '[ "$1" != -G ] && [ $# = 2 ] || exit 1' : "";
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${check}\necho "${name} $*" >>${folder}/used\nfor last; do :; done\neval "$last"\n`, {
    mode: 0o755,
  });
  return file;
}

const writeConfig = (text: string, name = ".gitconfig"): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

describe("how git on the control machine reaches a repository", { timeout: 60_000 }, () => {
  const sshCommand = (file: string): string => `[core]\n\tsshCommand = ${file}\n`;
  const ways: Readonly<Record<string, () => Readonly<Record<string, string>>>> = {
    GIT_SSH: () => ({ GIT_SSH: writeSsh("own", { strict: true }) }),
    "GIT_SSH_COMMAND that is not OpenSSH": () => ({ GIT_SSH_COMMAND: writeSsh("own", { strict: true }) }),
    "core.sshCommand": () => ({ HOME: dirname(writeConfig(sshCommand(writeSsh("own", { strict: true })))) }),
    "core.sshCommand beside other variables of git": () => ({
      HOME: dirname(writeConfig(sshCommand(writeSsh("own")))),
      GIT_SSL_CAINFO: "/etc/ssl/certs/ca-certificates.crt",
      SSH_ASKPASS: "/usr/libexec/openssh/gnome-ssh-askpass",
      GIT_SSH_COMMAND: "",
    }),
    GIT_CONFIG_GLOBAL: () => ({ GIT_CONFIG_GLOBAL: writeConfig(sshCommand(writeSsh("own")), "other") }),
    GIT_CONFIG_COUNT: () => ({
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "core.sshCommand",
      GIT_CONFIG_VALUE_0: writeSsh("own"),
    }),
    "GIT_SSH_COMMAND before core.sshCommand": () => ({
      HOME: dirname(writeConfig(sshCommand(writeSsh("other")))),
      GIT_SSH_COMMAND: writeSsh("own"),
    }),
    "core.sshCommand before GIT_SSH": () => ({
      HOME: dirname(writeConfig(sshCommand(writeSsh("own")))),
      GIT_SSH: writeSsh("other"),
    }),
  };

  it.each(Object.keys(ways))("goes by %s", async (name) => {
    const sha = repo.commit({ a: "1" });
    const url = `ssh://git.invalid${repo.directory}`;
    const there = { ...control, environment: { ...control.environment, ...ways[name]?.() } };
    expect((await askRemote(there, request(url))).refs.get("refs/heads/main")).toBe(sha);
    await openClone(there, { url, password: undefined }, sha);
    expect(readFileSync(join(folder, "used"), "utf8")).not.toContain("other");
  });

  it("is the way of a rewritten URL", async () => {
    const sha = repo.commit({ a: "1" });
    writeConfig(
      `[core]\n\tsshCommand = ${writeSsh("own")}\n[url "ssh://git.invalid/"]\n\tinsteadOf = https://git.example.com/\n`,
    );
    const refs = await askRemote(control, request(`https://git.example.com${repo.directory}`));
    expect(refs.refs.get("refs/heads/main")).toBe(sha);
  });

  it("is what the project's own repository says, also for the clone in the cache", async () => {
    const sha = repo.commit({ a: "1" });
    const project = createGitRepo(join(folder, "project"));
    project.git("config", "core.sshCommand", writeSsh("own"));
    project.git("config", "url.ssh://git.invalid/.insteadOf", "https://git.example.com/");
    const before = process.cwd();
    process.chdir(project.directory);
    try {
      const repository = { url: `https://git.example.com${repo.directory}`, password: undefined };
      await openClone(control, repository, sha);
      const second = repo.commit({ a: "2" });
      await expect(openClone(control, repository, second)).resolves.toMatchObject({ repository });
    } finally {
      process.chdir(before);
    }
  });

  it.each([
    ["GIT_SSH", (ssh: string) => ({ GIT_SSH: ssh })],
    ["GIT_SSH_COMMAND", (ssh: string) => ({ GIT_SSH_COMMAND: `'${ssh}' -v` })],
    ["core.sshCommand", (ssh: string) => ({ HOME: dirname(writeConfig(sshCommand(`'${ssh}'`))) })],
    ["GIT_SSH of another name that is said to be ssh", () => ({ GIT_SSH: writeSsh("own"), GIT_SSH_VARIANT: "ssh" })],
  ])("is told not to ask where it is OpenSSH: %s", async (_, vars) => {
    repo.commit({ a: "1" });
    const environment = { ...control.environment, ...vars(writeSsh("it's a/ssh".replace("'", ""))) };
    await askRemote({ ...control, environment }, request(`ssh://git.invalid${repo.directory}`));
    expect(readFileSync(join(folder, "used"), "utf8")).toContain("-o BatchMode=yes");
  });

  it("is asked for passwords where a program gives them", async () => {
    writeFileSync(join(folder, "ask"), "#!/bin/sh\ncase $1 in User*) echo ann ;; *) echo pw ;; esac\n", { mode: 0o755 });
    const input = "protocol=https\nhost=git.example.com\n\n";
    for (const name of ["GIT_ASKPASS", "SSH_ASKPASS"]) {
      const environment = { ...control.environment, [name]: join(folder, "ask") };
      const git = await createControlGit({ ...control, environment }, { url: "https://git.example.com/a", password: undefined });
      expect([name, await git(["credential", "fill"], { input })]).toEqual([
        name,
        expect.stringContaining("username=ann\npassword=pw"),
      ]);
    }
  });

  it("is never refused for what else is in the environment", async () => {
    const sha = repo.commit({ a: "1" });
    const keys =
      "alias.x core.askPass core.editor core.fsmonitor core.gitProxy core.hooksPath core.pager credential.helper diff.x.command diff.x.textconv " +
      "diff.external filter.x.clean gpg.program init.templateDir merge.x.driver pager.log protocol.x.allow remote.x.uploadpack " +
      "sequence.editor submodule.x.update tar.x.command trailer.x.cmd url.x.insteadOf uploadpack.packObjectsHook includeIf.onbranch:x.path";
    const config = keys.split(" ").flatMap((key, at) => [
      [`GIT_CONFIG_KEY_${at}`, key],
      [`GIT_CONFIG_VALUE_${at}`, "false"],
    ]);
    const names =
      "GIT_ASKPASS GIT_EDITOR GIT_SEQUENCE_EDITOR GIT_PAGER GIT_PROXY_COMMAND GIT_TEMPLATE_DIR GIT_EXTERNAL_DIFF GIT_CONFIG GIT_SSL_NO_VERIFY " +
      "GIT_SSL_CERT GIT_HTTP_USER_AGENT GIT_CONFIG_SYSTEM GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_NAMESPACE GIT_TRACE " +
      "GIT_LITERAL_PATHSPECS SSH_ASKPASS EDITOR VISUAL PAGER PREFIX";
    const environment = {
      ...control.environment,
      ...Object.fromEntries(names.split(" ").map((name) => [name, "1"])),
      ...Object.fromEntries(config),
      GIT_CONFIG_COUNT: String(keys.split(" ").length),
    };
    const there = { ...control, environment };
    expect((await askRemote(there, request(repo.directory))).refs.get("refs/heads/main")).toBe(sha);
    expect((await askRemote(there, request(`file://${repo.directory}`))).refs.get("refs/heads/main")).toBe(sha);
  });

  it("is one sentence where there is no git", async () => {
    const environment = { ...control.environment, PATH: nowhere };
    const error = await askRemote({ ...control, environment }, request("https://git.example.com/a")).catch(
      (thrown: unknown) => thrown,
    );
    expect(gitReason(error)).toBe("there is no git on this machine: install it, or put it into the PATH.");
  });
});
