import type { Finding } from "../../dsl/verb.ts";
import type { Problem } from "../../errors.ts";
import { describeProblem } from "../print-problems.ts";

export function ok(what: string): Finding {
  return { status: "ok", what };
}

export function warn(what: string, todo: string): Finding {
  return { status: "warn", what, todo };
}

export function fail(what: string, todo?: string): Finding {
  return { status: "fail", what, todo };
}

export function toFinding(problem: Problem): Finding {
  return fail(describeProblem(problem), problem.hint);
}
