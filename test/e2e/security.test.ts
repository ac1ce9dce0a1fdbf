import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { watchCommandLines } from "../support/command-lines.ts";
import { findSshd, SSHD_MISSING } from "../support/sshd.ts";
import { type Story, said, startStory } from "../support/story.ts";

const sshd = findSshd() !== undefined;
const proc = existsSync("/proc/self/cmdline") ? "" : " (skipped: this system shows no command lines in /proc)";
const CANARY = "canary";
/** Each would make a file of this name, if a shell read it. */
const EVIL = `it's $(touch ${CANARY}) \`touch ${CANARY}\`; touch ${CANARY} & "!*?[a] \\ ~ é漢😀`;
const BRANCH = `feat/$(touch\${IFS}${CANARY})\`touch\${IFS}${CANARY}\`;'"!&|é`;
const TREE = `packages/it's "$(touch ${CANARY})`;
const LINKED = `config/$(touch ${CANARY}) -rf ;'".env`;

/** Programs that write down how they were started, and then do what they are for. */
function wrappers(folder: string, log: string): void {
  const real = (name: string): string =>
    spawnSync("sh", ["-c", 'command -v "$1"', "sh", name], { encoding: "utf8" }).stdout.trim();
  const write = (name: string, text: string): void => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}`);
    chmodSync(join(folder, name), 0o755);
  };
  const note = (name: string): string =>
    `printf '%s\\n' "${name} allow=$GIT_ALLOW_PROTOCOL prompt=$GIT_TERMINAL_PROMPT $(printf '<%s>' "$@" | tr '\\n' ' ')" >>'${log}'\n`;
  for (const name of ["git", "tar", "ssh"]) write(name, `${note(name)}exec '${real(name)}' "$@"\n`);
  // Wants a password, and takes it from its input only. It says so in a language of its own.
  write(
    "sudo",
    `${note("sudo")}case $1 in -S) ;; *) echo 'sudo: se requiere una contraseña' >&2; exit 1 ;; esac
IFS= read -r word || exit 1
[ "$word" = "$(cat '${folder}/password')" ] || { echo 'sudo: 1 intento incorrecto' >&2; exit 1; }
while [ "$1" != -- ]; do shift; done; shift; exec "$@"\n`,
  );
  write("login", `PATH='${folder}':$PATH; export PATH\nexec /bin/sh "$@"\n`);
}

describe.skipIf(!sshd)(`an attack${sshd ? "" : ` (${SSHD_MISSING})`}`, () => {
  const tools = mkdtempSync(join(tmpdir(), "fake-tools-"));
  const log = join(tools, "log");
  let story: Story;
  const env = { PATH: `${tools}:${process.env["PATH"]}` };
  const home = (host: number): string => story.fleet.hosts[host]?.home ?? "";
  const started = (): readonly string[] => (existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n") : []);

  beforeAll(async () => {
    wrappers(tools, log);
    story = await startStory(2, { root: EVIL, shell: join(tools, "login") });
    story.repo.commit({ [`${TREE}/index.txt`]: "v1\n", [`${TREE}/link`]: { link: "/etc/passwd" } });
    story.repo.git("branch", BRANCH);
  });
  beforeEach(() => rmSync(log, { force: true }));
  afterAll(async () => {
    await story?.end();
    rmSync(tools, { recursive: true, force: true });
  });

  it("in a path, a ref, a setting, a variable or an argument arrives to the byte, and no shell reads it", async () => {
    const settings = {
      branch: BRANCH,
      repoTree: TREE,
      linkedFiles: [LINKED],
      linkedDirs: [`${LINKED}.d`],
      lockReason: EVIL,
      localUser: EVIL,
    };
    story.deployfile(
      `task("say", "Say", async (t) => {
        await t.vars({ V: ${JSON.stringify(`${EVIL}\n-n`)} }).run\`printf '%s' "$V" >said; printf '%s' \${${JSON.stringify(EVIL)}} >>said\`;
        await t.writeFile("it's $(touch ${CANARY})", "x");
      });`,
      JSON.stringify(settings).slice(1, -1),
    );
    for (const host of [0, 1]) story.write(host, `shared/${LINKED}`, "linked\n");
    await story.succeed("-R all deploy", { env });
    await story.succeed("-R all deploy", { env });
    await story.succeed("-R all say", { env });
    await story.succeed("-R all rollback", { env });
    for (const host of [0, 1]) {
      expect(story.read(host, "current/index.txt")).toBe("v1\n");
      expect(story.read(host, "current", LINKED)).toBe("linked\n");
      expect(readFileSync(join(home(host), "said"), "utf8")).toBe(`${EVIL}\n-n${EVIL}`);
      expect(existsSync(join(home(host), `it's $(touch ${CANARY})`))).toBe(true);
      expect(story.read(host, "revisions.log")).toContain(`Branch ${BRANCH} (at ${story.repo.sha()})`);
    }
    const places = [story.directory, story.repo.directory, home(0), home(1), story.path(0), story.path(0, "current"), "/"];
    expect(places.filter((place) => existsSync(join(place, CANARY)))).toEqual([]);
    const listed = await story.succeed("releases -R all --json", { env });
    expect(JSON.stringify(JSON.parse(listed.stdout))).toContain(JSON.stringify(BRANCH).slice(1, -1));
  });

  it("makes no option of a name, and git asks nobody and uses no other protocol", async () => {
    story.deployfile("", `branch: ${JSON.stringify(BRANCH)}`);
    for (const scm of ["git", "push"]) {
      // Something to fetch, or to send.
      story.repo.git("checkout", "--quiet", BRANCH);
      story.repo.commit({ [`${TREE}/index.txt`]: `by ${scm}\n` });
      await story.succeed(["-R", "all", "-s", `scm=${scm}`, "deploy"], { env });
    }
    const asking = started().filter((line) => /^git .*<(?:ls-remote|clone|fetch)>/.test(line));
    expect(asking.length).toBeGreaterThan(0);
    for (const line of asking) expect(line).toMatch(/^git allow=(?:file|git|http|https|ssh|:)+ prompt=0 /);
    const words = started().flatMap((line) => [...line.matchAll(/<(-[^>]*)>/g)].map((match) => match[1] ?? ""));
    expect(words.filter((word) => /upload-pack|--exec|--output|proxycommand/i.test(word))).toEqual([]);
  });

  it.each([
    ["repoUrl", `ext::sh -c touch% ${CANARY}`],
    ["repoUrl", `--upload-pack=touch ${CANARY}`],
    ["repoUrl", `ssh://-oProxyCommand=touch ${CANARY}/x`],
    ["repoUrl", `-oProxyCommand=touch ${CANARY}:x`],
    ["branch", `--upload-pack=touch ${CANARY}`],
    ["branch", `x\n--upload-pack=touch ${CANARY}`],
    ["branch", `--output=${CANARY}`],
    ["repoTree", `--output=${CANARY}`],
    ["deployPath", `/srv/$(touch ${CANARY})/../x`],
    ["user", `-oProxyCommand=touch ${CANARY}`],
    ["user", `$(touch ${CANARY})`],
  ])("with the %s %j is refused before anybody is asked", async (key, value) => {
    story.deployfile();
    const outcome = await story.fake(["-R", "all", "-s", `${key}=${value}`, "deploy"], { env });
    expect([outcome.exitCode, said(outcome)]).toEqual([2, expect.stringContaining(key === "user" ? "user" : key)]);
    expect(started().filter((line) => !line.startsWith("ssh ") || !line.includes("<-G>"))).toEqual([]);
    expect(existsSync(join(story.directory, CANARY))).toBe(false);
  });

  it.each(["-oProxyCommand=touch canary", "$(touch canary)", "a;touch canary", "-l@app1"])(
    "with the host %j is refused",
    async (host) => {
      story.deployfile();
      const outcome = await story.fake([`--hosts=${host}`, "deploy"], { env });
      expect([outcome.exitCode, existsSync(join(story.directory, CANARY))]).toEqual([2, false]);
    },
  );
});

describe.skipIf(!sshd || proc !== "")(`a secret${sshd ? proc : ` (${SSHD_MISSING})`}`, () => {
  const TOKEN = 't0ken/with+signs=\'and "quotes" 0123456789';
  const SUDO = "sud0 pass'word $HOME";
  const PASSWORD = "repo-p@ss:w0rd";
  const forms = [TOKEN, SUDO, PASSWORD].flatMap((value) => [
    value,
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
    ...[0, 1, 2].map((by) =>
      Buffer.from("x".repeat(by) + value)
        .toString("base64")
        .slice(4, -4),
    ),
  ]);
  const tools = mkdtempSync(join(tmpdir(), "fake-tools-"));
  const log = join(tools, "log");
  let story: Story;

  beforeAll(async () => {
    wrappers(tools, log);
    writeFileSync(join(tools, "password"), SUDO);
    story = await startStory(2, { shell: join(tools, "login") });
    const rewrite = `[url "${story.repo.directory}"]\n\tinsteadOf = https://deployer@git.invalid/app.git\n`;
    for (const folder of [story.directory, ...story.fleet.hosts.map((host) => host.home)])
      writeFileSync(join(folder, ".gitconfig"), rewrite);
    story.deployfile(
      `const token = () => process.env.TOKEN ?? "";
      env.set({ token: secret(token), sudoPassword: secret(() => process.env.SUDO ?? "") });
      const leak = task("leak", "Leak", async (t) => {
        const app = t.vars({ TOKEN: t.env.token });
        await app.run('sleep 0.2; printf "%s" "$TOKEN" >seen; printf "%s\\\\n" "$TOKEN"; for by in "" x xx; do printf "%s%s" "$by" "$TOKEN" | base64 >&2; done');
        await t.run({ stdin: t.env.token })\`sleep 0.2; cat; cat >/dev/null\`;
        await t.writeFile("token", t.env.token);
        await t.writeFile("encoded", encodeURIComponent(token()) + JSON.stringify(token()));
        await t.run\`cat encoded\`;
        await t.as("root").vars({ TOKEN: t.env.token }).run('sleep 0.2; printf "%s" "$TOKEN" >as-root; echo "$TOKEN"');
        t.log.info("token " + t.env.token.reveal() + token());
        await app.run({ acceptError: true })\`echo "wrong $TOKEN" >&2; exit 3\`;
        if (process.env.FAIL === "1") await app.run\`echo "wrong $TOKEN" >&2; exit 3\`;
        if (process.env.FAIL === "2") throw new Error("boom " + token(), { cause: new Error(token()) });
      });
      after("deploy:symlink:release", leak);`,
      "repoUrl: process.env.REPO_URL ?? ''",
    );
    const file = join(story.directory, "deployfile.ts");
    writeFileSync(file, `import { secret } from "fake-deploy";\n${readFileSync(file, "utf8")}`);
  });
  afterAll(async () => {
    await story?.end();
    rmSync(tools, { recursive: true, force: true });
  });

  const env = (fail: string): Record<string, string> => ({
    TOKEN,
    SUDO,
    REPO_URL: `https://deployer:${PASSWORD}@git.invalid/app.git`,
    FAIL: fail,
    PATH: `${tools}:${process.env["PATH"]}`,
  });

  it("in a command line is seen by the watch that the next test relies on", async () => {
    const watch = await watchCommandLines([TOKEN]);
    spawnSync("sh", ["-c", `sleep 0.3; : ${TOKEN.replaceAll("'", "")}`, TOKEN]);
    expect(await watch.stop()).not.toEqual([]);
  });

  it("is in no command line of any process, no output, no log, no file on hosts or here", async () => {
    const watch = await watchCommandLines([TOKEN, SUDO, PASSWORD]);
    const runs = [
      await story.fake("-R all deploy --reporter json --log-file run.log", { env: env("0") }),
      await story.fake("-R all -s scm=push deploy --reporter plain -v --debug", { env: env("1") }),
      await story.fake("-R all leak --reporter tree --debug", { env: env("2") }),
      await story.fake("-R all leak --reporter quiet --debug", { env: env("1") }),
      await story.fake("-R all deploy", { env: { ...env("0"), REPO_URL: `ftp://a:${PASSWORD}@git.invalid/x` } }),
      await story.fake("env -R all", { env: env("0") }),
      await story.fake("env -R all --json", { env: env("0") }),
      await story.fake("plan -R all deploy", { env: env("0") }),
      await story.fake("-R all deploy --dry-run", { env: env("0") }),
    ];
    expect(await watch.stop()).toEqual([]);
    expect(
      runs.map(({ exitCode }) => exitCode),
      runs.map(said).join("\n"),
    ).toEqual([0, 1, 1, 1, 2, 0, 0, 0, 0]);
    for (const run of runs.slice(0, 4)) expect(said(run)).toContain("[redacted]");
    for (const host of story.fleet.hosts) {
      for (const name of ["seen", "token", "as-root"]) expect(readFileSync(join(host.home, name), "utf8")).toBe(TOKEN);
    }
    const left = [0, 1].flatMap((host) => filesIn(story.path(host)));
    const here = [...filesIn(join(story.directory, ".cache")), join(story.directory, "run.log"), log];
    expect(left.some((file) => file.endsWith("journal"))).toBe(true);
    const texts = new Map([
      ...runs.map((run, index) => [`run ${index}`, said(run)] as const),
      ...[...left, ...here].map((file) => [file, readFileSync(file, "latin1")] as const),
    ]);
    for (const [place, text] of texts) expect([place, forms.filter((form) => text.includes(form))]).toEqual([place, []]);
  });

  it("that sudo refuses is tried once, and sudo without one fails at once", async () => {
    rmSync(log, { force: true });
    const wrong = await story.fake("-R all leak --reporter plain", { env: { ...env("0"), SUDO: "wr0ng-w0rd" } });
    expect([wrong.exitCode, said(wrong)]).toEqual([1, expect.stringContaining("1 intento incorrecto")]);
    expect(readFileSync(log, "utf8").match(/^sudo .*<-S>/gm)).toHaveLength(2);
    expect(said(wrong)).not.toContain("wr0ng-w0rd");
  });
});

function filesIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name));
  return paths.filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}
