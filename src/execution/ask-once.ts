import type { AskBecomePassword } from "../command/become.ts";
import { Secret } from "../command/secret.ts";

/** sudo has one password for all hosts, su one for each user: asked when the first host wants it. */
export function askOnce(askSecret: ((question: string) => Promise<string>) | undefined): AskBecomePassword | undefined {
  if (askSecret === undefined) return undefined;
  const answers = new Map<string, Promise<Secret>>();
  return async ({ method, user, host }) => {
    const key = method === "su" ? `su ${user}` : method;
    const ask = async (): Promise<Secret> => {
      try {
        return new Secret(await askSecret(`Password for ${method}, to run as ${user} on ${host} and all other hosts`));
      } catch (error) {
        // No answer is none for the next run.
        answers.delete(key);
        throw error;
      }
    };
    const answer = answers.get(key) ?? ask();
    answers.set(key, answer);
    return await answer;
  };
}
