import { FakeError, type Problem, ProblemsError } from "../errors.ts";

/** Collects what is wrong, so that all of it can be told at once. */
export type ProblemBook = ReturnType<typeof createProblemBook>;

export function createProblemBook(first: readonly Problem[] = []) {
  const problems: Problem[] = [...first];
  const errors: FakeError[] = [];
  /** All problems as one error; a single error as it was thrown. */
  const toError = (): FakeError => {
    const [only] = errors;
    if (only !== undefined && problems.length === toProblems(only).length) return only;
    return new ProblemsError("PROBLEMS", unique(problems));
  };
  return {
    add: (more: readonly Problem[]): void => void problems.push(...more),
    /** What `work` gives, or undefined when it failed for a reason that goes into the book. @throws what is no FakeError */
    async attempt<T>(work: () => Promise<T> | T): Promise<T | undefined> {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof FakeError)) throw error;
        errors.push(error);
        problems.push(...toProblems(error));
        return undefined;
      }
    },
    toError,
    /** @throws FakeError when there is anything in it */
    check(): void {
      if (problems.length > 0) throw toError();
    },
  };
}

function toProblems(error: FakeError): readonly Problem[] {
  if (error instanceof ProblemsError) return error.problems;
  return [{ message: error.message, hint: error.hint }];
}

/** What several parts notice is told once. */
function unique(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems.filter(({ message, where }) => {
    const key = JSON.stringify([message, where?.file, where?.line]);
    return !seen.has(key) && seen.add(key);
  });
}
