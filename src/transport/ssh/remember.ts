/** Loads what is asked for once for each question, and keeps the answer, or the error, for all who ask. */
export function remember<Q, A>(load: (question: Q) => Promise<A>): (question: Q) => Promise<A> {
  const answers = new Map<string, Promise<A>>();
  return (question) => {
    const key = JSON.stringify(question);
    const answer = answers.get(key) ?? load(question);
    answers.set(key, answer);
    return answer;
  };
}
