import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { GRACE_MS, GUARD_GRACE_S, KEEPALIVE_MS, LOGIN_PAUSES_MS, SESSION_PAUSES_MS } from "../../src/transport/limits.ts";

const guide = readFileSync(join(import.meta.dirname, "../../docs/hosts-and-ssh.md"), "utf8").replace(/\s+/g, " ");
const ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"];
const NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

const seconds = (all: readonly number[]): number => Math.round(all.reduce((sum, one) => sum + one, 0) / 1000);

it.each([
  `the ${ORDINALS[LOGIN_PAUSES_MS.length]} attempt, within about ${NUMBERS[seconds(LOGIN_PAUSES_MS)]} seconds`,
  `after ${SESSION_PAUSES_MS.map((pause) => pause / 1000).join(" and ")} seconds, and when another session ends`,
  `the ${ORDINALS[SESSION_PAUSES_MS.length]} attempt, where no session is open`,
  `Keepalives notice a dead link within ${(KEEPALIVE_MS * 3) / 1000} seconds`,
  `where it had not finished: SIGTERM, and SIGKILL ${NUMBERS[GRACE_MS / 1000]} seconds later`,
  `everything in its process group: SIGTERM, and SIGKILL ${NUMBERS[GUARD_GRACE_S]} seconds later`,
])("the guide to hosts says what holds: %s", (sentence) => {
  expect(guide).toContain(sentence);
});
