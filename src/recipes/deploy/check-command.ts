import { type Command, type CommandBodyContext, script, type VerbHost } from "../../index.ts";
import { checkHost } from "./check.ts";
import type { CheckSubject } from "./check-findings.ts";
import { command, type Kind, pathsOf, strategyOf } from "./context.ts";
import { deployPaths } from "./paths.ts";
import { parseBytes } from "./setting-schemas.ts";
import type { StrategyContext } from "./strategies/strategy.ts";

export interface CheckOptions {
  readonly kind: Kind;
  /** Undefined where the source is not looked at. */
  readonly context: StrategyContext | undefined;
  /** No deploy comes behind it, which would find out by itself what the strategy could ask. */
  readonly alone: boolean;
  readonly looksOnly?: boolean;
}

/** One command that looks at everything a deploy needs of a host. */
export function checkCommand(t: CommandBodyContext, { kind, context, alone, looksOnly = false }: CheckOptions): Command {
  const strategy = strategyOf(t);
  const request = {
    run: t.runId,
    kind,
    linkedDirs: t.env.linkedDirs,
    linkedFiles: t.env.linkedFiles,
    writable: { dirs: t.env.writableDirs, linkedDirs: t.env.linkedDirs, by: t.env.writableBy },
    tools: strategy.tools ?? [],
    packs: t.env.archiveRolledBack,
    source: (context && strategy.check?.(context, alone)) ?? script(),
    minFreeSpace: parseBytes(t.env.minFreeSpace),
    looksOnly,
  };
  const vars = { ...(context && strategy.vars?.(context)), LC_ALL: "C" };
  return command(t, "check directories, linked files, space and tools", checkHost(pathsOf(t), request), { vars });
}

/** What the findings of that command are about. */
export function checkedOf({ host, env }: VerbHost): CheckSubject {
  const user = host.user ?? (env.has("user") ? env.user : undefined);
  const login = host.transport === "local" ? undefined : user === undefined ? host.address : `${user}@${host.address}`;
  return { paths: deployPaths(env), login, port: host.port, minFreeSpace: parseBytes(env.minFreeSpace) };
}
