#!/bin/sh
# npm @slack/web-api 8.2.0: chat.postMessage to a Slack that answers 500, or cannot be reached, is tried again ten times,
# over about half an hour, before its promise settles; with no line of output. @slack/webhook 8.0.2 rejects at once.
# One would expect two clients of one service to agree, and a default to stay within what a script waits.
# A deploy that ends with "await slack.chat.postMessage(...)" hangs for half an hour, its lock held, when Slack is down:
# often the same cloud's trouble that one deploys for. retryConfig: { retries: 0 } is what a deploy means.
# Seen 2026-12-01:
#   webhook: rejected after 1 request
#   web-api: not settled after 15 s, 3 or more requests: yes
#   web-api, retries 0: rejected after 1 request
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; npm i --silent --ignore-scripts --prefix . @slack/web-api@8.2.0 @slack/webhook@8.0.2 >/dev/null 2>&1
cat > t.mjs <<'J'
import http from "node:http"; import { WebClient } from "@slack/web-api"; import { IncomingWebhook } from "@slack/webhook";
const ask = async (send) => { let asked = 0; const server = http.createServer((q, r) => { asked++; q.resume(); r.statusCode = 500; r.end("down"); }); await new Promise((r) => server.listen(0, "127.0.0.1", r));
  const how = await Promise.race([send(`http://127.0.0.1:${server.address().port}/`).then(() => "resolved", () => "rejected"), new Promise((r) => setTimeout(r, 15000, "not settled after 15 s"))]); return [how, asked]; };
const say = (options) => (slackApiUrl) => new WebClient("xoxb-1", { slackApiUrl, logLevel: "error", ...options }).chat.postMessage({ channel: "C1", text: "deployed" });
const [a, m] = await ask((url) => new IncomingWebhook(url).send({ text: "deployed" })); console.log(`webhook: ${a} after ${m} request`);
const [b, n] = await ask(say({})); console.log(`web-api: ${b}, 3 or more requests: ${n >= 3 ? "yes" : "no"}`);
const [c, o] = await ask(say({ retryConfig: { retries: 0 } })); console.log(`web-api, retries 0: ${c} after ${o} request`); process.exit();
J
out=$(node t.mjs); echo "$out"; [ "$out" = 'webhook: rejected after 1 request
web-api: not settled after 15 s, 3 or more requests: yes
web-api, retries 0: rejected after 1 request' ] || { echo CHANGED; exit 1; }
