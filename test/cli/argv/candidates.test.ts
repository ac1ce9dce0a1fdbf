import { describe, expect, it } from "vitest";
import { findCandidates } from "../../../src/cli/argv/candidates.ts";
import type { KnownNames } from "../../../src/cli/argv/option-types.ts";
import { addRecipeWords } from "../../../src/cli/argv/recipe-words.ts";
import { vocabulary as bare } from "../../../src/cli/argv/verbs.ts";
import { createApp } from "../../../src/dsl/create-app.ts";
import { deploy } from "../../../src/recipes/deploy/index.ts";

const { app, seal } = createApp();
app.use(deploy());
const vocabulary = addRecipeWords(bare, seal(), async () => async () => 0);
const known: KnownNames = {
  tasks: ["deploy", "deploy:check", "rollback", "restart"],
  roles: ["staging", "production", "web"],
  hosts: ["app1.example.com", "app2.example.com"],
  keys: ["branch", "deployPath"],
  argsOf: (task) => (task === "rollback" ? ["to"] : []),
};

describe("completion", () => {
  it.each([
    [["dep"], ["deploy", "deploy:check"]],
    [["deploy:"], ["deploy:check"]],
    [["re"], ["restart", "rehearse", "releases"]],
    [["-R", "st"], ["staging"]],
    [["deploy", "--dry-run=c"], ["--dry-run=connect"]],
    [
      ["-R", ""],
      ["staging", "production", "web"],
    ],
    [
      ["-R", "staging,"],
      ["staging,production", "staging,web"],
    ],
    [["--roles=p"], ["--roles=production"]],
    [["-R", "staging", "--only", "w"], ["web"]],
    [["-H", "app2"], ["app2.example.com"]],
    [["-x", "app1"], ["app1.example.com"]],
    [["-x", "pro"], ["production"]],
    [["--where", "br"], ["branch="]],
    [["exec", "--fo"], ["--fold"]],
    [
      ["-R", "web", "deploy", "r"],
      ["rollback", "restart"],
    ],
    [
      ["rollback", "--t"],
      ["--to", "--timings"],
    ],
    [["rollback", "t"], ["to="]],
    [["--dry"], ["--dry-run"]],
    [["--reporter", "t"], ["tree"]],
    [["graph", "deploy", "--format", "m"], ["mermaid"]],
    [["plan", "ro"], ["rollback"]],
    [["env", "-R", "web", "br"], ["branch"]],
    [["-s", "br"], ["branch="]],
    [["completion", "z"], ["zsh"]],
    [["releases", "--js"], ["--json"]],
    [["tasks", "--par"], []],
    [["tasks", ""], []],
    [["-f", ""], []],
    [["__c"], []],
  ])("of %j offers %j", (words, expected) => {
    expect(findCandidates(words, known, vocabulary)).toEqual(expected);
  });

  it("begins with tasks and verbs", () => {
    const all = findCandidates([""], known, vocabulary);
    expect(all.slice(0, 4)).toEqual(known.tasks);
    expect(all).toContain("exec");
    expect(all).not.toContain("__complete");
  });
});
