import type { HostView } from "../env/settings.ts";

/**
 * What a rehearsal of this deployfile (`fake rehearse deploy`) needs to know: what must hold whatever happens to a run, and what stands
 * in on its hosts for what they have not.
 * @example
 * const rehearsal: RehearsalDefinition = {
 *   check: async (t) => {
 *     if (t.release !== undefined && !(await t.exists(`${t.currentPath}/index.html`))) throw new Error("there is no page");
 *   },
 *   commands: { "sudo systemctl restart *": "ok", npm: "real" },
 *   files: { ".env": "PORT=3000\n" },
 * };
 */
export interface RehearsalDefinition {
  /**
   * Called for each host when a run has ended, and again after the deploy that follows; also without any fault. What it throws is a
   * violation.
   */
  check?(t: RehearsalContext): unknown;
  /**
   * Stand-ins by command: a program, or one with its arguments, `*` for any text. `ok` does nothing, `real` runs the program of this
   * machine, `through` what stands behind the options of sudo, doas or su, as you; anything else is shell text with the arguments in `"$@"`.
   */
  readonly commands?: Readonly<Record<string, string>> | undefined;
  /** Contents of linked files by path; the others are empty. */
  readonly files?: Readonly<Record<string, string>> | undefined;
}

/**
 * A host of a rehearsal, for the check of a rehearsal.
 * @example
 * const check = async (t: RehearsalContext): Promise<void> => {
 *   const on = await t.capture(`cat ${t.currentPath}/REVISION`);
 *   if (t.after === "deploy" && on === "") throw new Error("no revision");
 * };
 */
export interface RehearsalContext {
  readonly host: Pick<HostView, "id" | "roles">;
  /** Id of the release that is live; undefined where none is. */
  readonly release: string | undefined;
  /** Id of the one that was live before the run. */
  readonly previous: string | undefined;
  /** What happened to the run; undefined in a run without any fault. */
  readonly fault: string | undefined;
  /** Where: the task and which of its commands, `migrate#1`. */
  readonly step: string | undefined;
  /** What has ended: the run with the fault, or the deploy after it. */
  readonly after: "fault" | "deploy";
  readonly deployPath: string;
  readonly currentPath: string;
  readonly sharedPath: string;
  /** stdout of shell text, without the trailing newline. @throws when its exit code is not 0 */
  capture(command: string): Promise<string>;
  /** True when the exit code is 0. */
  test(command: string): Promise<boolean>;
  readFile(path: string): Promise<string>;
  exists(path: string): Promise<boolean>;
}
