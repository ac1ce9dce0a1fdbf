import ssh2 from "ssh2";

/**
 * A new Ed25519 key pair: the private key in OpenSSH's format, not encrypted; the public one as authorized_keys and known_hosts have it,
 * type and key. ssh2 1.17 writes one of 256 with a byte too few, and cannot read it again: another one is made then.
 */
export function createSshKeyPair() {
  while (true) {
    const { private: privateKey, public: publicKey } = ssh2.utils.generateKeyPairSync("ed25519");
    if (!(ssh2.utils.parseKey(privateKey) instanceof Error)) return { privateKey, publicKey: publicKey.trim() };
  }
}
