import { quoteWord } from "../command/quote.ts";
import { Secret } from "../command/secret.ts";
import { UsageError } from "../errors.ts";
import type { ProblemBook } from "../prepare/problem-book.ts";
import type { RunTarget } from "../prepare/target.ts";
import type { SiteHost } from "../rehearse/scene.ts";
import { prepareInvocation } from "./argv/prepare-invocation.ts";
import type { ReadDeployfile } from "./read-deployfile.ts";
import type { CliIo } from "./terminal/io.ts";

/** What is to be rehearsed, read from a command line. */
export interface Rehearsed {
  /** The flow and its arguments. */
  readonly flow: readonly string[];
  readonly hosts: readonly (SiteHost & { readonly roles: readonly string[] })[];
  /** Hosts of the same roles as others that are played. */
  readonly left: readonly string[];
  /** All hosts that were asked for, and their settings. */
  readonly target: RunTarget;
  /** For the command line of a run: the deployfile, the hosts, the settings. */
  readonly words: readonly string[];
  /** What was typed, but for which cases: quoted. */
  readonly again: readonly string[];
  readonly code: { readonly url: string | undefined; readonly ref: string };
  readonly byCommit: boolean;
}

/** Of hosts with the same roles, so many are played. */
const OF_A_KIND = 2;
/** A rehearsal sets these itself. */
const OWN = ["deployPath", "releasesPath", "sharedPath", "repoPath", "currentPath", "repoUrl", "keepReleases"];

/** @throws FakeError with everything that is wrong with the request */
export async function readRehearsed(read: ReadDeployfile, io: CliIo, book: ProblemBook): Promise<Rehearsed> {
  const { app, invocation } = read;
  const { options, words } = invocation;
  const set = options.set.filter(({ key }) => OWN.includes(key));
  book.add(set.map(({ key }) => ({ message: `A rehearsal sets ${key} itself.`, subject: key, hint: `Leave out -s ${key}=...` })));
  const { asked, target } = await prepareInvocation(read, io, book);
  const [name = "", ...more] = asked.names;
  const task = app.sealed.graph.get(name);
  if (more.length > 0 || task.stages === undefined) {
    const flows = app.sealed.graph.tasks().filter(({ stages }) => stages !== undefined);
    throw new UsageError(
      "NO_FLOW",
      `A rehearsal plays one flow, and ${more.length > 0 ? "several tasks are" : `${name} is not one`}.`,
      {
        hint: `Flows: ${flows.map((flow) => flow.name).join(", ") || "none"}.`,
      },
    );
  }
  if (app.sealed.graph.find("deploy:symlink:release") === undefined) {
    throw new UsageError("NO_RELEASES", "What a rehearsal looks at are releases, and this deployfile has none.", {
      hint: 'use(deploy()) from "fake-deploy/recipes/deploy".',
    });
  }
  const counts = new Map<string, number>();
  const isPlayed = (roles: readonly string[]): boolean => {
    const kind = JSON.stringify(roles);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    return (counts.get(kind) ?? 0) <= OF_A_KIND;
  };
  const chosen = target.hosts.filter(({ host }) => isPlayed(host.roles));
  const hosts = [];
  for (const { host } of chosen) {
    const { reader } = target.env.forHost(host.id);
    const [linkedDirs, linkedFiles] = [await reader.get("linkedDirs"), await reader.get("linkedFiles")];
    hosts.push({ name: host.id, roles: host.roles, linkedDirs, linkedFiles });
  }
  const { reader } = target.env.forHost(chosen[0]?.host.id ?? "");
  const byCommit = typeof (await reader.get("scm")) === "string";
  const url = byCommit || reader.has("repoUrl") ? await reader.get("repoUrl") : undefined;
  const roles = options.roles.length > 0 ? ["-R", options.roles.join(",")] : [];
  return {
    flow: words,
    target,
    hosts,
    left: target.hosts.filter((one) => !chosen.includes(one)).map(({ host }) => host.id),
    words: [
      ...["-f", app.path, ...roles, "-H", hosts.map(({ name: id }) => id).join(",")],
      ...(options.hostKeys === undefined ? [] : ["--host-keys", options.hostKeys]),
      ...options.set.filter(({ key }) => key !== "branch").flatMap(({ key, raw }) => ["-s", `${key}=${raw}`]),
    ],
    again: withoutCases(invocation.argv).map(quoteWord),
    code: { url: url instanceof Secret ? url.reveal() : url, ref: (await reader.get("branch")) ?? "HEAD" },
    byCommit,
  };
}

/** A command line without `rehearse`, and without what picks cases. */
function withoutCases(argv: readonly string[]): readonly string[] {
  const kept: string[] = [];
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? "";
    if (/^--(?:sample|seed|minutes|case)$/.test(word)) at += 1;
    else if (!/^--(?:sample|seed|minutes|case)=|^--json$/.test(word)) kept.push(word);
  }
  kept.splice(kept.indexOf("rehearse"), 1);
  return kept;
}
