import { connect } from "node:net";
import { AGENT_MS } from "../limits.ts";

/** SSH_AGENTC_REQUEST_IDENTITIES and its answer, of the agent protocol (draft-ietf-sshm-ssh-agent, section 3.5). */
const ASK = Buffer.from([0, 0, 0, 1, 11]);
const ANSWER = 12;

/** How many keys an agent holds. Rejects when it does not answer. */
export function countAgentKeys(socketPath: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath);
    let received = Buffer.alloc(0);
    const end = (settle: () => void): void => {
      socket.destroy();
      settle();
    };
    socket.setTimeout(AGENT_MS, () => end(() => reject(new Error("it does not answer"))));
    socket.on("connect", () => socket.write(ASK));
    socket.on("error", (error) => end(() => reject(error)));
    socket.on("close", () => reject(new Error("it hung up")));
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      // Length, type, number of keys.
      if (received.length < 9) return;
      const isAnswer = received[4] === ANSWER;
      const count = received.readUInt32BE(5);
      end(() => (isAnswer ? resolve(count) : reject(new Error("it refused"))));
    });
  });
}
