/** What the package exports, by name: a name that comes or goes is a decision, and shows here. */
import { describe, expect, it } from "vitest";
import { exampleIn, readEntryPoint } from "./support/entry-point.ts";

const typesOf = (path: string): readonly string[] =>
  readEntryPoint(path)
    .flatMap(({ name, isType }) => (isType ? [name] : []))
    .sort();

describe("fake-deploy", () => {
  it("exports these values", async () => {
    expect(Object.keys(await import("../src/index.ts")).sort()).toMatchInlineSnapshot(`
      [
        "CommandError",
        "ConnectError",
        "DeployfileError",
        "EnvError",
        "FakeError",
        "HostsFailed",
        "InterruptedError",
        "LockedError",
        "ProblemsError",
        "Secret",
        "TaskError",
        "UsageError",
        "defineDeployfile",
        "drawColumns",
        "fact",
        "formatBytes",
        "formatDuration",
        "formatMoment",
        "formatSpan",
        "fresh",
        "parseDuration",
        "quote",
        "raw",
        "script",
        "secret",
        "setting",
        "sh",
        "suggest",
        "z",
      ]
    `);
  });

  it("exports these types", () => {
    expect(typesOf("src/index.ts")).toMatchInlineSnapshot(`
      [
        "App",
        "Callable",
        "Command",
        "CommandBody",
        "CommandBodyContext",
        "CommandBuilder",
        "CommandContext",
        "CommandFailure",
        "CommandOptions",
        "CommandResult",
        "CommandStatus",
        "CommandVerb",
        "DoctorCheck",
        "DurationRange",
        "EnvReader",
        "EnvSetter",
        "EventError",
        "ExitCode",
        "FactOptions",
        "Failure",
        "FailurePhase",
        "FakeErrorOptions",
        "Finding",
        "FleetOutcomes",
        "FlowOptions",
        "Fresh",
        "FunctionBody",
        "HookOptions",
        "HostInput",
        "HostList",
        "HostObject",
        "HostOutcome",
        "HostView",
        "Logger",
        "OptionDefinition",
        "Problem",
        "RawText",
        "Recipe",
        "RehearsalContext",
        "RehearsalDefinition",
        "RoleDefinition",
        "Script",
        "SettingDeclaration",
        "SettingDeclarations",
        "SettingInput",
        "SettingInputs",
        "SettingOptions",
        "Settings",
        "SettingsOf",
        "ShValue",
        "Shell",
        "SourceLocation",
        "SpawnOptions",
        "TaskContext",
        "TaskDefinition",
        "TaskEnv",
        "TaskFleet",
        "TaskForwardOptions",
        "TaskHandle",
        "TaskOptions",
        "TaskRef",
        "TemplateValue",
        "TransferOptions",
        "Ui",
        "VerbContext",
        "VerbDefinition",
        "VerbHost",
        "VerbOutcome",
        "VerbResult",
        "VerbRunOptions",
      ]
    `);
  });
});

describe("fake-deploy/testing", () => {
  it("exports these values", async () => {
    expect(Object.keys(await import("../src/testing.ts")).sort()).toMatchInlineSnapshot(`
      [
        "createMemoryTransport",
        "createTestRun",
        "fakeHost",
        "recordEvents",
      ]
    `);
  });

  it("exports these types", () => {
    expect(typesOf("src/testing.ts")).toMatchInlineSnapshot(`
      [
        "Answers",
        "Channel",
        "ChannelEnd",
        "ChannelRequest",
        "ConnectOptions",
        "Connection",
        "Emit",
        "EventError",
        "EventRecord",
        "Failure",
        "Host",
        "HostInput",
        "HostResult",
        "HostStatus",
        "MemoryAnswer",
        "MemoryPattern",
        "MemoryProcess",
        "MemoryProgram",
        "MemoryRecord",
        "MemoryReply",
        "MemoryRequest",
        "MemoryRule",
        "MemoryScript",
        "MemoryTransport",
        "RunEvent",
        "RunEventKind",
        "RunResult",
        "Selection",
        "TaskOutcome",
        "TerminalSize",
        "TestArgs",
        "TestRun",
        "TestRunOptions",
        "Transport",
      ]
    `);
  });
});

describe("fake-deploy/process", () => {
  it("exports these values", async () => {
    expect(Object.keys(await import("../src/process.ts")).sort()).toMatchInlineSnapshot(`
      [
        "ProcessesFailed",
        "Timer",
        "createLauncher",
        "cycle",
        "emptyStats",
        "filterBadHosts",
        "formatDate",
        "formatDuration",
        "getPort",
        "hostKey",
        "hosts",
        "parallel",
        "parseDate",
        "parseDuration",
        "report",
        "sameHost",
        "sequence",
        "sleep",
        "toHosts",
        "uniqueHosts",
        "waitAll",
        "waitAny",
      ]
    `);
  });

  it("exports these types", () => {
    expect(typesOf("src/process.ts")).toMatchInlineSnapshot(`
      [
        "Accept",
        "Action",
        "ActionHandlers",
        "ActionOptions",
        "Command",
        "CommandContext",
        "CommandInput",
        "CommandOptions",
        "CompoundOptions",
        "ConnectSettings",
        "Cursor",
        "Cycle",
        "DateInput",
        "DurationRange",
        "ExpectOptions",
        "Expected",
        "ForwardOptions",
        "Host",
        "HostInput",
        "HostObject",
        "HostProgress",
        "HostsInput",
        "Keep",
        "KillOptions",
        "LaunchOptions",
        "Launcher",
        "LauncherForwardOptions",
        "LauncherOptions",
        "Log",
        "Match",
        "MatchOptions",
        "OutputEvent",
        "OutputName",
        "PathsInput",
        "Pattern",
        "PerHost",
        "PortOptions",
        "ProblemKind",
        "Process",
        "ProcessMatch",
        "ProcessOptions",
        "ProcessOutput",
        "ProcessProblem",
        "ProcessState",
        "PutGetOptions",
        "PutOptions",
        "RemoteOptions",
        "Report",
        "ReportText",
        "Reported",
        "RoleHosts",
        "RolesDefinition",
        "SequenceOptions",
        "SleepOptions",
        "Stats",
        "SumTool",
        "SyncOptions",
        "TcpAddress",
        "TerminalSize",
        "Transfer",
        "TransferOutcome",
        "TransferProgress",
        "TransferReport",
        "TransferRoute",
        "Tunnel",
        "TunnelProblem",
        "WaitOptions",
      ]
    `);
  });
});

describe("fake-deploy/recipes/deploy", () => {
  it("exports these values", async () => {
    expect(Object.keys(await import("../src/recipes/deploy/index.ts")).sort()).toMatchInlineSnapshot(`
      [
        "deploy",
        "describeLock",
        "listReleases",
        "releasePath",
        "workPath",
      ]
    `);
  });
});

describe("every public name", () => {
  const names = ["src/index.ts", "src/testing.ts", "src/process.ts"].flatMap((path) => readEntryPoint(path));

  it("is found by the reader of entry points", async () => {
    const values = names.filter(({ isType }) => !isType).map(({ name }) => name);
    const all = await Promise.all([import("../src/index.ts"), import("../src/testing.ts"), import("../src/process.ts")]);
    expect(values.sort()).toEqual(all.flatMap((one) => Object.keys(one)).sort());
  });

  it("of what deployfiles import has a docstring with an example", () => {
    const bare = readEntryPoint("src/index.ts").filter(({ doc }) => exampleIn(doc) === "");
    expect(bare.map(({ name }) => name)).toEqual([]);
  });

  it.each(["testing", "process"])("of fake-deploy/%s has a docstring; functions have an example", (entry) => {
    const bare = readEntryPoint(`src/${entry}.ts`).filter(({ doc, isType }) => (isType ? doc : exampleIn(doc)) === "");
    expect(bare.map(({ name }) => name)).toEqual([]);
  });
});
