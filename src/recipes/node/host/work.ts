import type { Manager, ManagerKind } from "../managers.ts";

/** What is to be done in a release. */
export interface NodeWork {
  readonly step: "install" | "build";
  readonly release: string;
  /** Where package.json is in it. */
  readonly directory: string;
  /** Link to the release that is live. */
  readonly current: string;
  readonly by: "link" | "copy" | "install";
  readonly build: boolean | string;
  readonly dev: "auto" | "keep" | "omit" | "prune";
  readonly nodeEnv: string;
  /** Where downloads are kept; empty where each program says. */
  readonly cache: string;
  readonly managers: Readonly<Record<ManagerKind, Manager>>;
  readonly lockfiles: Readonly<Record<string, string>>;
}
