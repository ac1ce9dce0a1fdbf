// Prints the runner's count as the last line, and fails where the run, a test, or a skip that must not be hides something.
import { existsSync, readFileSync } from "node:fs";

const [file, status] = process.argv.slice(2);
if (!existsSync(file)) {
  console.log(`The tests did not start: npm cit ended with ${status}.`);
  console.log("0 passed, 1 failed, 0 skipped");
  process.exit(1);
}

const results = JSON.parse(readFileSync(file, "utf8"));
const tests = results.testResults.flatMap((suite) => suite.assertionResults);
const count = (...states) => tests.filter((test) => states.includes(test.status)).length;
const skipped = count("pending", "skipped", "todo", "disabled");
const brokenFiles = results.testResults.filter((suite) => suite.status === "failed" && suite.assertionResults.length === 0);
const failed = count("failed") + brokenFiles.length;

for (const [reason, number] of countReasons()) console.log(`skipped, ${number}: ${reason}`);
const withoutServer = tests.filter((test) => /no sshd on this machine/.test(test.fullName));
if (withoutServer.length > 0) console.log(`OpenSSH tests were skipped (${withoutServer.length}): they must run here.`);
const fine = status === "0" && failed === 0 && withoutServer.length === 0;
if (!fine && failed === 0) console.log(`npm cit ended with ${status}.`);

console.log(`${count("passed")} passed, ${failed + (fine || failed > 0 ? 0 : 1)} failed, ${skipped} skipped`);
process.exit(fine ? 0 : 1);

/** Why tests were skipped: their titles say so. */
function countReasons() {
  const reasons = new Map();
  for (const { status, fullName } of tests) {
    if (status === "passed" || status === "failed") continue;
    const reason = /skipped: ((?:[^()]|\([^()]*\))+)/.exec(fullName)?.[1] ?? `no reason is given by "${fullName}"`;
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  return reasons;
}
