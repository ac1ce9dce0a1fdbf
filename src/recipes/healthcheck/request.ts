import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { connect } from "node:net";
import { type HealthTarget, parseStatus } from "./settings.ts";

/** What an answer has to be like, when this machine asks. */
export interface HealthAnswer {
  readonly status: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds for one request. */
  readonly timeout: number;
}

const MOST_BODY = 1024 * 1024;

/** Asks once. @returns what is wrong with the answer; undefined when it is good */
export async function askOnce(target: HealthTarget, expected: HealthAnswer, signal: AbortSignal): Promise<string | undefined> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(expected.timeout)]);
  try {
    return target.kind === "tcp" ? await askTcp(target, limit) : await askHttp(target, expected, limit);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    return `${target.url}: ${limit.aborted ? `no answer in ${expected.timeout} ms` : (error as Error).message || (error as NodeJS.ErrnoException).code}`;
  }
}

function askTcp({ host, port }: HealthTarget, signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, signal });
    socket.once("error", reject).once("connect", () => {
      socket.destroy();
      resolve(undefined);
    });
  });
}

/** node's own client: fetch refuses ports that browsers do, and takes a body that was cut off for a whole one. */
function askHttp(
  target: HealthTarget,
  { status, body, headers }: HealthAnswer,
  signal: AbortSignal,
): Promise<string | undefined> {
  const send = target.url.startsWith("https:") ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const sent = send(target.url, { headers, signal, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("error", reject);
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size <= MOST_BODY) chunks.push(chunk);
      });
      response.on("end", () => {
        const code = response.statusCode ?? 0;
        const location = response.headers.location;
        const isRight = parseStatus(status).some(([from, to]) => from <= code && code <= to);
        if (!isRight) resolve(`${target.url}: status ${code}${location === undefined ? "" : `, leads to ${location}`}`);
        else if (!Buffer.concat(chunks).includes(body))
          resolve(`${target.url}: the answer does not have the text ${JSON.stringify(body)}`);
        else resolve(undefined);
      });
    });
    sent.on("error", reject);
    sent.end();
  });
}
