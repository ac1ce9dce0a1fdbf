import type { ReservedWord } from "../../prepare/reserved-words.ts";
import type { Verb, Vocabulary } from "./invocation.ts";
import { optionTable } from "./options.ts";

/** Running tasks: what happens when the first word is no verb. */
export const runVerb: Verb = {
  name: "",
  summary: "Runs tasks on hosts. What follows a task's name are its arguments.",
  usage: "[options] <task> [key=value | --key value ...] [<task> ...]",
  reach: "connections",
  words: "tasks",
  examples: [
    ["-R staging deploy", "deploy to the hosts of staging"],
    ["-R production deploy --dry-run=connect", "look at the hosts, and say what that would do"],
    ["-R production rollback --to 20260101120000", "go back to that release"],
    ["-R production --only web restart", "of these hosts, only those that are web too"],
  ],
  load: async () => (await import("../commands/run.ts")).runTasks,
};

/** All there are. What one does is in `commands/`. */
export const verbs: readonly (Verb & { readonly name: ReservedWord })[] = [
  {
    name: "init",
    summary: "Write a deployfile that fits the project, with every setting in it.",
    reach: "nothing",
    examples: [
      ["init", "writes deployfile.ts in this folder, with the recipes that fit"],
      ["init --with none", "with none but deploy"],
    ],
    options: ["non-interactive"],
    load: async () => (await import("../commands/init.ts")).runInit,
  },
  {
    name: "demo",
    summary: "Deploy and roll back on two throwaway hosts, started here.",
    reach: "nothing",
    examples: [
      ["demo", "a few seconds; leaves nothing behind"],
      ["demo --keep", "leaves the hosts running, with commands to try"],
    ],
    load: async () => (await import("../commands/demo.ts")).runDemo,
  },
  {
    name: "rehearse",
    summary: "Play a flow on throwaway hosts, and crash it at every step.",
    usage: "<flow> [key=value | --key value ...]",
    reach: "hosts",
    words: "tasks",
    examples: [
      ["rehearse deploy -R production --sample 20", "20 crashes, picked at random; touches no host"],
      ["rehearse deploy -R production --minutes 10", "as many as come in ten minutes"],
      ["rehearse deploy -R staging --on-hosts", "on these hosts, in a folder of their own; asks before"],
    ],
    candidates: "tasks",
    options: ["host-keys", "non-interactive"],
    load: async () => (await import("../commands/rehearse.ts")).runRehearse,
  },
  {
    name: "doctor",
    summary: "Check this machine, the deployfile, and hosts you name.",
    reach: "connections",
    examples: [
      ["doctor", "this machine and the deployfile"],
      ["doctor -R staging", "the hosts of staging too"],
    ],
    load: async () => (await import("../commands/doctor.ts")).runDoctor,
  },
  {
    name: "tasks",
    summary: "List the tasks of the deployfile.",
    reach: "deployfile",
    examples: [["tasks", "names and descriptions"]],
    load: async () => (await import("../commands/tasks.ts")).runTaskList,
  },
  {
    name: "plan",
    summary: "Show hosts x steps of what would run, without connecting.",
    usage: "<task> ...",
    reach: "hosts",
    words: "tasks",
    examples: [
      ["plan deploy -R production", "every step of a deploy"],
      ["plan deploy -R production --flights", "what is sent to a host in one go"],
    ],
    candidates: "tasks",
    load: async () => (await import("../commands/plan.ts")).runPlanTable,
  },
  {
    name: "graph",
    summary: "Draw what hangs on a task: hooks, stages, needs.",
    usage: "<task> ...",
    reach: "deployfile",
    words: "words",
    examples: [
      ["graph deploy", "as a tree"],
      ["graph deploy --format mermaid", "for documents"],
    ],
    candidates: "tasks",
    load: async () => (await import("../commands/graph.ts")).runGraph,
  },
  {
    name: "env",
    summary: "Show the settings of each host, and where each was set.",
    usage: "[key ...]",
    reach: "hosts",
    options: ["non-interactive"],
    words: "words",
    examples: [
      ["env -R production", "all settings"],
      ["env -R production branch", "one value"],
    ],
    candidates: "keys",
    load: async () => (await import("../commands/env.ts")).runEnv,
  },
  {
    name: "exec",
    summary: "Run one command on many hosts, and show what it prints as it comes.",
    usage: "-- <command ...>",
    reach: "connections",
    words: "command",
    examples: [
      ["exec -R web -- uptime -p", "words are quoted"],
      ["exec -R web -- 'df -h | tail -1'", "one word is shell text"],
      ["exec -R web --fold -- uname -r", "what hosts share is shown once"],
      ["exec -R web -- tail -F app.log", "until ctrl-C, on all hosts at once"],
      ["exec -R web -- psql < query.sql", "standard input goes to each host"],
    ],
    load: async () => (await import("../commands/exec.ts")).runExec,
  },
  {
    name: "put",
    summary: "Put files and directories on hosts.",
    usage: "<path ...> <remote path>",
    reach: "connections",
    words: "words",
    examples: [
      ["put -R web dist/ /srv/app", "what is in it, or the directory itself: as /srv/app is there or not"],
      ["put -R web nginx.conf 'conf/*.json' /etc/app/", "a slash makes it a directory"],
      ["put --all --via chain image.tar /var/images/", "each host passes it on to the next"],
    ],
    load: async () => (await import("../commands/transfer.ts")).runPut,
  },
  {
    name: "get",
    summary: "Get files and directories of hosts.",
    usage: "<remote path ...> <path>",
    reach: "connections",
    words: "words",
    examples: [
      ["get -H web1 /var/log/app.log .", "into this folder"],
      ["get -R web '/var/log/app*.log' logs/", "of each host into a folder of its own: logs/web1"],
    ],
    load: async () => (await import("../commands/transfer.ts")).runGet,
  },
  {
    name: "sync",
    summary: "Make a directory of hosts what one is here, by what differs.",
    usage: "<directory> <remote directory>",
    reach: "connections",
    words: "words",
    examples: [
      ["sync -R web dist /srv/app", "files of another size or time; rsync is not needed"],
      ["sync -R web --delete --ignore '*.log' dist /srv/app", "removes the rest, but for these"],
    ],
    load: async () => (await import("../commands/transfer.ts")).runSync,
  },
  {
    name: "forward",
    summary: "Lead a port through a host, until ctrl-C.",
    usage: "[<name:port>]",
    reach: "connections",
    words: "words",
    examples: [
      ["forward -H web1 db.internal:5432", "from a free port here, which it says; the host looks the name up"],
      ["forward -H web1 --listen 15432 db.internal:5432", "from this port"],
      ["forward -H web1 --reverse --listen 8080 3000", "from 8080 of the host to 3000 here"],
      ["forward -H web1 --socks --listen 1080", "wherever the host can go"],
    ],
    load: async () => (await import("../commands/forward.ts")).runForward,
  },
  {
    name: "completion",
    summary: "Print a completion script for bash, zsh or fish.",
    usage: "<bash|zsh|fish>",
    reach: "nothing",
    words: "words",
    examples: [["completion bash >> ~/.bashrc", "then start a new shell"]],
    candidates: ["bash", "zsh", "fish"],
    load: async () => (await import("../commands/completion.ts")).runCompletion,
  },
  {
    name: "__complete",
    summary: "Candidates for the last word, for completion scripts.",
    usage: "-- <word ...>",
    reach: "nothing",
    words: "command",
    hidden: true,
    examples: [],
    load: async () => (await import("../commands/complete.ts")).runComplete,
  },
];

/** What every command line is understood by; recipes add to it. */
export const vocabulary: Vocabulary = { verbs, runVerb, options: optionTable };
