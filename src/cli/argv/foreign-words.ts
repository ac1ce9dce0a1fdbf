/** Words of cap, dep, kamal, ansible, fab and others, and what is meant by them here. Data: `correct-line.ts` makes lines of it. */
import type { OptionName } from "./options.ts";

/** What an option of another tool is here. */
export type ForeignOption =
  /** Its value is a role or a host; `KEY=VALUE` is a setting, a number is how many hosts at once. */
  | { readonly is: "hosts" }
  | { readonly is: "option"; readonly name: OptionName /** Behind "It is --name here". */; readonly note?: string }
  | { readonly is: "setting"; readonly key: string; readonly value?: string }
  /** Its value is `KEY=VALUE`. */
  | { readonly is: "settings" }
  /** A branch, a tag or a commit: an argument of the task where it takes one, else a setting. */
  | { readonly is: "revision"; readonly argument: string }
  /** Its value is a task. */
  | { readonly is: "task" }
  | { readonly is: "verb"; readonly name: string }
  | { readonly is: "nothing"; readonly instead: string };

/** As they are typed, with what they are. */
export const foreignOptions: ReadonlyMap<string, ForeignOption> = index<ForeignOption>([
  [
    "-r --role -l --limit --stage -e --env --environment -d --destination --on --server --servers --host --target --group",
    { is: "hosts" },
  ],
  ["--except --skip --without", { is: "option", name: "exclude" }],
  [
    "-n --dry --dryrun -C --check --noop --simulate --pretend --just-print",
    { is: "option", name: "dry-run", note: " (never to ask is --non-interactive)" },
  ],
  ["--forks -j --jobs --concurrency --pool-size", { is: "option", name: "parallel" }],
  ["--serial --rolling", { is: "option", name: "batch" }],
  ["-V", { is: "option", name: "version" }],
  ["--trace --backtrace --stacktrace", { is: "option", name: "debug" }],
  ["--log --logfile --output", { is: "option", name: "log-file" }],
  ["-c --config --config-file --deployfile --recipe --fabfile --rakefile", { is: "option", name: "file" }],
  ["-F --ssh-config-file", { is: "option", name: "ssh-config" }],
  ["--no-interaction --no-input --batch-mode --ci", { is: "option", name: "non-interactive" }],
  ["--assume-yes --no-confirm --force-yes --skip-confirmation", { is: "option", name: "yes" }],
  ["--profile --time", { is: "option", name: "timings" }],
  ["-u --login", { is: "setting", key: "user" }],
  ["-k --ask-pass --prompt-for-login-password", { is: "setting", key: "sshPassword", value: "true" }],
  ["-K --ask-become-pass --prompt-for-sudo-password", { is: "setting", key: "sudoPassword", value: "true" }],
  ["--become-method", { is: "setting", key: "becomeMethod" }],
  ["-o --option --extra-vars --var --variable", { is: "settings" }],
  ["-b --branch --ref --git-ref", { is: "revision", argument: "branch" }],
  ["--tag", { is: "revision", argument: "tag" }],
  ["--commit --sha --rev --revision --git-sha --version-tag", { is: "revision", argument: "commit" }],
  ["-t --tags --task", { is: "task" }],
  ["-T --list --tasks --list-tasks", { is: "verb", name: "tasks" }],
  ["--plan", { is: "verb", name: "plan" }],
  ["--print-config-variables --show-config", { is: "verb", name: "env" }],
  [
    "-i --inventory --identity --private-key --key-file",
    {
      is: "nothing",
      instead: "Hosts are roles of the deployfile; their keys are IdentityFile in the ssh config (--ssh-config FILE).",
    },
  ],
  ["--become --sudo", { is: "nothing", instead: 'A command runs as another user where it says so: t.as("root").run`...`.' }],
  ["--no-color --no-colour --no-ansi", { is: "nothing", instead: "Set NO_COLOR=1 in the environment." }],
  ["--color --colour --ansi", { is: "nothing", instead: "Set FORCE_COLOR=1 in the environment." }],
  ["-q --quiet --silent", { is: "nothing", instead: "--reporter quiet shows errors only." }],
  [
    "--force",
    { is: "nothing", instead: "A lock that nobody needs is opened with `fake unlock`; questions are answered with -y." },
  ],
]);

/** First words of other tools: the verb or the task that does that here. The first one that exists is meant. */
export const foreignVerbs: ReadonlyMap<string, readonly string[]> = index<readonly string[]>([
  ["status history audit versions current list-releases", ["releases"]],
  ["list ls help-tasks", ["tasks"]],
  ["install new generate", ["init"]],
  ["config settings variables vars", ["env"]],
  ["run cmd command ping", ["exec"]],
  ["tree", ["graph"]],
  ["undo revert back rollback-release", ["rollback"]],
  ["ship push publish up redeploy", ["deploy"]],
  ["takeover take-over import", ["adopt"]],
  ["freeze", ["lock"]],
  ["unfreeze thaw", ["unlock"]],
  ["check diagnose setup", ["doctor"]],
  ["diff changes", ["pending"]],
  ["dry-run preview simulate", ["plan"]],
  ["completions", ["completion"]],
]);

/** First words of other tools for which there is nothing here. */
export const absentVerbs: ReadonlyMap<string, string> = index<string>([
  ["ssh shell console", "There is no shell here: `fake exec -R ROLE -- COMMAND` runs a command, `ssh HOST` opens a session."],
  ["log logs", "Make it a task of the deployfile, or: fake exec -R ROLE -- tail -n 100 FILE"],
  ["version", "Write: fake --version"],
]);

function index<T>(rows: readonly (readonly [words: string, meant: T])[]): ReadonlyMap<string, T> {
  return new Map(rows.flatMap(([words, meant]) => words.split(" ").map((word) => [word, meant] as const)));
}
