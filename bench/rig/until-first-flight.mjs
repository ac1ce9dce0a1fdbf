// Loaded into the command line before itself (`node --import`): ends the process well when the first flight is written, and badly when
// none is. That is the first data on a channel: what goes before it is the login. Read where a packet is encrypted, by AES in GCM,
// which OpenSSH agrees to.
import crypto, { createCipheriv } from "node:crypto";

const CHANNEL_DATA = 94;

crypto.createCipheriv = (...args) => {
  const cipher = createCipheriv(...args);
  const { update } = cipher;
  // The type comes after the length of the padding.
  cipher.update = (packet, ...rest) => {
    // When the packets of this turn of the event loop are written. `exit` is refused in the middle of a run.
    if (packet[1] === CHANNEL_DATA) setImmediate(process.reallyExit, 0);
    return update.call(cipher, packet, ...rest);
  };
  return cipher;
};

process.once("exit", () => {
  process.exitCode = 1;
});
