import { type Script, script, sh } from "../../index.ts";
import { type HealthTarget, parseStatus } from "./settings.ts";

/** What a check is to find, and how long it may take. Times are seconds, 1 or more. */
export interface HealthScript {
  readonly targets: readonly HealthTarget[];
  /** A command of the user's; empty for none. */
  readonly command: string;
  readonly status: string;
  /** Text that a body has to have; empty for any. */
  readonly body: string;
  readonly headers: readonly string[];
  readonly interval: number;
  readonly timeout: number;
  readonly requestTimeout: number;
  /** How often in a row. */
  readonly successes: number;
  /** How long it has to stay so. 0 for no time. */
  readonly bake: number;
  /** A process of the host without which nothing can be well. @default none */
  readonly pid?: number | undefined;
}

/**
 * Asks until all answers are good, or the time is up: then it says the last bad answer on stderr and fails. With a bake time it goes on
 * asking, and the first bad answer then is the end.
 */
export function healthScript(check: HealthScript): string {
  return sh`
    ${script(checkFunction(check))}
    fake_end=$(( $(date +%s) + ${check.timeout} )) fake_good=0 fake_baked=
    while :; do
      ${script(check.pid === undefined ? "" : sh`kill -0 ${check.pid} 2>/dev/null || { echo 'it ended by itself' >&2; exit 1; }`)}
      if fake_check; then
        fake_good=$(( fake_good + 1 ))
        if [ -n "$fake_baked" ]; then
          [ "$(date +%s)" -lt "$fake_baked" ] || exit 0
        elif [ "$fake_good" -ge ${check.successes} ]; then
          [ ${check.bake} -gt 0 ] || exit 0
          fake_baked=$(( $(date +%s) + ${check.bake} ))
        fi
      else
        [ -z "$fake_baked" ] || { printf 'after it was healthy: %s\n' "$fake_why" >&2; exit 1; }
        fake_good=0
        [ "$(date +%s)" -lt "$fake_end" ] || { printf '%s\n' "$fake_why" >&2; exit 1; }
      fi
      sleep ${check.interval}
    done
  `;
}

/** Defines \`fake_check\`: true when all is well, or \`fake_why\` says what is not. */
export function checkFunction(check: HealthScript): string {
  const lines = check.targets.map((target) => (target.kind === "tcp" ? tcpLine(target, check) : httpLine(target, check)));
  const own = check.command === "" ? [] : [commandLine(check.command)];
  return sh`
    fake_check() {
      ${script(...[...lines, ...own].flatMap((text) => text.split("\n")))}
      return 0
    }
  `;
}

/** curl reads no file of the user's, goes through no proxy to this machine, and follows no redirection: that is an answer of its own. */
function httpLine({ url }: HealthTarget, { requestTimeout, headers, status, body }: HealthScript): string {
  const options = ["-q", "-sS", "-g", "--max-time", String(requestTimeout), "--noproxy", "localhost,127.0.0.1,::1"];
  const sent = headers.flatMap((header) => ["-H", header]);
  const ranges = parseStatus(status).map(([from, to]) => `{ [ "$fake_code" -ge ${from} ] && [ "$fake_code" -le ${to} ]; }`);
  return sh`
    fake_said=$(curl ${options} ${sent} -w '\n%{http_code} %{redirect_url}' ${url} 2>&1) || { fake_why=${`${url}: `}$fake_said; fake_why=\${fake_why%
    000 *}; return 1; }
    fake_code=\${fake_said##*
    } fake_text=\${fake_said%
    *}
    fake_to=\${fake_code#* } fake_code=\${fake_code%% *}
    ${script(ranges.join(" || "))} || { fake_why=${`${url}: status `}"$fake_code\${fake_to:+, leads to $fake_to}"; return 1; }
    ${script(body === "" ? "" : bodyLine(url, body))}
  `;
}

function bodyLine(url: string, body: string): string {
  return sh`case $fake_text in *${body}*) ;; *) fake_why=${`${url}: the answer does not have the text ${JSON.stringify(body)}`}; return 1 ;; esac`;
}

/** bash, which Debian always has, or the nc of busybox and others. */
function tcpLine({ url, host, port }: HealthTarget, { requestTimeout }: HealthScript): string {
  const seconds = String(requestTimeout);
  const connect = 'exec 3<>"/dev/tcp/$1/$2"';
  return sh`
    if command -v bash >/dev/null; then timeout ${seconds} bash -c ${connect} bash ${host} ${String(port)} 2>/dev/null
    else nc -z -w ${seconds} ${host} ${String(port)} 2>/dev/null
    fi || { fake_why=${`${url}: nothing listens there`}; return 1; }
  `;
}

function commandLine(text: string): string {
  return sh`
    fake_said=$(sh -c ${text} 2>&1) || { fake_why=${`\`${text}\` ended with `}$?": $(printf %s "$fake_said" | tail -n 3)"; return 1; }
  `;
}

/** Programs that the check needs, for \`command -v\`. */
export function toolsOf({ targets }: Pick<HealthScript, "targets">): Script {
  const lines = [
    targets.some(({ kind }) => kind === "http") ? "command -v curl >/dev/null || echo 'tool curl'" : "",
    targets.some(({ kind }) => kind === "tcp") ? "command -v bash >/dev/null || command -v nc >/dev/null || echo 'tool nc'" : "",
  ];
  return script(...lines);
}

/** True where nothing listens on that port of the host: curl has an exit code of its own for that. */
export function isFreeScript(port: number): string {
  return sh`
    curl -q -s -o /dev/null --max-time 2 --noproxy 127.0.0.1 ${`http://127.0.0.1:${port}/`}
    [ $? -eq 7 ]
  `;
}
