import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sh } from "../../../src/index.ts";
import { FIND_NODE } from "../../../src/recipes/node/find-node.ts";

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "find-node-"));
  mkdirSync(join(home, "tools"));
  for (const tool of ["sed", "head"]) symlinkSync(which(tool), join(home, "tools", tool));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const which = (program: string): string => spawnSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" }).stdout.trim();
const shells = ["dash", "busybox", "bash"].filter((shell) => which(shell) !== "").map((shell) => [which(shell)]);

function put(path: string, text: string): void {
  mkdirSync(dirname(join(home, path)), { recursive: true });
  writeFileSync(join(home, path), text);
}
/** A node that says which it is. */
function node(directory: string, version: string): void {
  put(`${directory}/node`, `#!/bin/sh\necho v${version}\n`);
  chmodSync(join(home, directory, "node"), 0o755);
}

/** What is found in a release, with a version that is wanted or none. */
function find(wanted = "", shell = "/bin/sh"): string {
  const text = sh`
    ${FIND_NODE}
    if find_node ${join(home, "release")} ${wanted}; then echo "$runtime $($runtime --version)"; else echo "$error"; fi
  `;
  const env = { HOME: home, PATH: `${home}/bin:${home}/tools`, N_PREFIX: `${home}/n-prefix`, TERM: "dumb" };
  const { stdout, stderr } = spawnSync(shell, shell.endsWith("busybox") ? ["sh", "-c", text] : ["-c", text], {
    env,
    encoding: "utf8",
  });
  return stdout.trim() + stderr;
}

describe("node on a host", () => {
  it.each(shells)("is found by %s", (shell) => {
    node("bin", "20.9.0");
    expect(find("", shell)).toBe("node v20.9.0");
    node(".nvm/versions/node/v18.2.0/bin", "18.2.0");
    expect(find("18", shell)).toBe("node v18.2.0");
    put("release/.nvmrc", "v18.2");
    expect(find("", shell)).toBe("node v18.2.0");
    expect(find("16", shell)).toBe(
      "node 16 is not installed: PATH has v20.9.0, and nvm, fnm, volta, asdf, mise, nodenv and n do not have it.",
    );
  });

  it.each([
    [".nvm/versions/node/v22.1.0/bin"],
    [".local/share/fnm/node-versions/v22.1.0/installation/bin"],
    [".fnm/node-versions/v22.1.0/installation/bin"],
    [".volta/tools/image/node/22.1.0/bin"],
    [".asdf/installs/nodejs/22.1.0/bin"],
    [".local/share/mise/installs/node/22.1.0/bin"],
    [".nodenv/versions/22.1.0/bin"],
    ["n-prefix/n/versions/node/22.1.0/bin"],
  ])("is found in ~/%s", (place) => {
    node(place, "22.1.0");
    expect(find()).toBe("node v22.1.0");
    node("bin", "20.9.0");
    expect([find(), find("22.1.0"), find("v22")]).toEqual(["node v20.9.0", "node v22.1.0", "node v22.1.0"]);
  });

  it("is the newest that fits, by number, and not one that begins alike", () => {
    for (const version of ["9.11.2", "18.2.0", "18.10.0", "2.0.0"]) node(`.nvm/versions/node/v${version}/bin`, version);
    expect([find(), find("18"), find("18.2"), find("2")]).toEqual([
      "node v18.10.0",
      "node v18.10.0",
      "node v18.2.0",
      "node v2.0.0",
    ]);
    node(".nvm/versions/node/v21.0.0/bin", "21.0.0");
    expect([find(), find("lts/*"), find("lts/hydrogen")]).toEqual(["node v21.0.0", "node v18.10.0", "node v18.10.0"]);
  });

  it("is the default of nvm or fnm where nothing says which", () => {
    for (const version of ["18.2.0", "21.0.0"]) node(`.nvm/versions/node/v${version}/bin`, version);
    put(".nvm/alias/default", "18\n");
    expect(find()).toBe("node v18.2.0");
    put(".nvm/alias/default", "lts/*\n");
    expect(find()).toBe("node v18.2.0");
    put(".nvm/alias/default", "17\n");
    expect(find()).toBe("node v21.0.0");
    node(".local/share/fnm/aliases/default/bin", "16.0.0");
    expect(find()).toBe("node v16.0.0");
  });

  it.each([
    [".nvmrc", "18.2.0\n"],
    [".nvmrc", "# ours\n\nlts/hydrogen\r\n"],
    [".node-version", "v18"],
    [".tool-versions", "ruby 3.3.0\nnodejs 18.2.0\n"],
    ["package.json", '{ "engines": { "node": ">=16" },\n "volta": { "npm": "9.0.0",\n "node": "18.2.0" } }'],
  ])("is as %s of the release says: %j", (file, text) => {
    node("bin", "20.9.0");
    node(".asdf/installs/nodejs/18.2.0/bin", "18.2.0");
    put(`release/${file}`, text);
    expect(find()).toBe("node v18.2.0");
    expect(find("20")).toBe("node v20.9.0");
  });

  it("is bun where there is no node", () => {
    expect(find()).toBe("node is not installed: PATH has none, and nvm, fnm, volta, asdf, mise, nodenv and n do not have it.");
    put(".bun/bin/bun", "#!/bin/sh\necho 1.2.0\n");
    chmodSync(join(home, ".bun/bin/bun"), 0o755);
    expect(find()).toBe("bun 1.2.0");
  });

  it("takes what a file says for text", () => {
    node("bin", "20.9.0");
    for (const text of ["$(touch pwned)", "`touch pwned`", "18;touch pwned", "*", "system"]) {
      put("release/.nvmrc", `${text}\n`);
      const known = text === "system" ? "node v20.9.0" : `${text.split(" ")[0]} is no version of node that is understood here.`;
      expect(find()).toBe(known);
    }
    expect(existsSync("pwned")).toBe(false);
  });
});
