/** The tables of docs/from-execo.md: the code on the right compiles, and nothing of execo's is forgotten on the left. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { readEntryPoint } from "../support/entry-point.ts";

const root = resolve(import.meta.dirname, "../..");
const guide = readFileSync(join(root, "docs/from-execo.md"), "utf8");
const lines = guide.replace(/^```[\s\S]*?^```$/gm, (block) => block.replace(/[^\n]/g, "")).split("\n");

/** Names of execo 2.4's documentation: of modules, classes, their arguments and members, and of its configuration. */
const EXECO =
  `Process SshProcess get_process cmd shell pty kill_subprocesses name timeout ignore_exit_code nolog_exit_code ignore_timeout
nolog_timeout ignore_error nolog_error ignore_expect_fail nolog_expect_fail ignore_write_error nolog_write_error default_expect_timeout
default_stdout_handler lifecycle_handlers ProcessLifecycleHandler stdout_handlers ProcessOutputHandler read read_line remote_cmd
connection_params started running ended started_event ended_event started_condition ended_condition start_date end_date timeout_date pid host
exit_code stdin_fd stdout_fd stderr_fd error error_reason timeouted killed forced_kill expect_fail write_error stdout stderr ok finished_ok stats
dump start wait run kill auto_force_kill_timeout reset write expect backtrack_size start_from_current ExpectOutputHandler Remote process_args
Local ParallelActions SequentialActions hide_subactions ActionLifecycleHandler processes wait_any_actions wait_all_actions filter_bad_hosts
ProcessesFailed Put Get ChainPut TaktukPut TaktukGet TaktukRemote TaktukProcess ActionFactory Host address user keyfile port get_hosts_list
get_hosts_set host_rewrite_func default_connection_params ssh_options Report add empty_stats to_string wide brief sleep Timer get_seconds get_unixts
format_date format_duration get_port port_range kill_timeout Serial SerialSsh RemoteSerial ssh scp taktuk nc configuration log_level logger
PortForwarder remote_host
remote_port local_port bind_address forwarding forwarding_timeout kill_childs_at_end color_mode color_styles compact_output_threshold memoize get_remote
get_fileput get_fileget remote_tool fileput_tool fileget_tool intr_period scp_options taktuk_options taktuk_connector taktuk_connector_options
chainput_host_retry chainput_chain_retry chainput_try_delay chainput_nc_client_timeout chainput_nc_server_timeout showms elapsed remaining
wait_elapsed TRACE DETAIL IODEBUG FDEBUG`.split(/\s+/);

/** They are words of the ssh config, or are named for something that compiles beside them. */
const WORDS =
  /^(?:IdentityFile(?: none)?|ProxyJump|ProxyCommand|ConnectTimeout|UserKnownHostsFile \/dev\/null|PATH|secret\(\)|fake-deploy|host|via|expect|on\w+)$/;

/** What stands in code, by its line. */
function codeOf(text: string): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code.replaceAll("\\|", "|"));
}

const rows = lines.flatMap((line, at) => {
  const [, left, right] = /^\| (.*?) (?<!\\)\| (.*) \|$/.exec(line) ?? [];
  return left === undefined || right === undefined || left === "execo" || left === "---" ? [] : [{ at: at + 1, left, right }];
});
const leftOut = lines
  .slice(lines.indexOf("## What is left out"))
  .map((text, at) => ({ at: lines.indexOf("## What is left out") + at + 1, text }));

it("what stands on the right compiles", { timeout: 240_000 }, () => {
  const spans = [
    ...rows.flatMap(({ at, right }) => codeOf(right).map((code) => ({ at, code }))),
    ...leftOut.flatMap(({ at, text }) => codeOf(text.replace(/^- \*\*.*?\*\*/, "")).map((code) => ({ at, code }))),
  ].filter(({ code }) => !WORDS.test(code));
  expect(spans.length).toBeGreaterThan(100);
  const folder = mkdtempSync(join(tmpdir(), "fake-execo-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const exports = readEntryPoint("src/process.ts").filter(({ name }) => name !== "hosts");
  const names = exports.map(({ name, isType }) => (isType ? `type ${name}` : name));
  const text = [
    `import { ${names.join(", ")} } from "fake-deploy/process";`,
    "declare const launcher: Launcher; declare const process: Process; ",
    // Any list of hosts, and what makes one.
    'declare const hosts: readonly string[] & typeof import("fake-deploy/process").hosts;',
    'import type { Secret } from "fake-deploy"; declare const secret: Secret;',
    "declare const action: Action; declare const first: Action; declare const second: Action;",
    // Each in a function of its own: the line says where in the guide it stands.
    ...spans.map(({ at, code }, index) => `export async function line${at}_${index}() { ${code} }`),
  ];
  writeFileSync(join(folder, "spans.ts"), `${text.join("\n")}\n`);
  const compilerOptions = {
    paths: { "fake-deploy": [join(root, "src/index.ts")], "fake-deploy/process": [join(root, "src/process.ts")] },
    noUnusedLocals: false,
  };
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ extends: join(root, "tsconfig.json"), compilerOptions, include: ["*.ts"], exclude: [] }),
  );
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  const problems = compile(folder).replace(/spans\.ts\((\d+),/g, (all, line) => `${all} ${text[Number(line) - 1]}`);
  expect(problems).toBe("");
});

it("names all that execo has", () => {
  const named = new Set(
    [...rows.map(({ left }) => left), ...leftOut.map(({ text }) => text)]
      .flatMap(codeOf)
      .flatMap((code) => code.match(/\w+/g) ?? []),
  );
  expect(EXECO.filter((name) => !named.has(name))).toEqual([]);
});

function compile(folder: string): string {
  try {
    return execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder], { encoding: "utf8" });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}
