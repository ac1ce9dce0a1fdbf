import * as crypto from "node:crypto";

/** What a runtime's crypto has of what SSH is made of. */
export type Primitives = Pick<
  typeof crypto,
  "getCiphers" | "createCipheriv" | "getHashes" | "createHmac" | "createECDH" | "generateKeyPairSync" | "sign"
>;

const CURVES: Readonly<Record<string, string>> = { nistp256: "prime256v1", nistp384: "secp384r1", nistp521: "secp521r1" };
const CBC_3DES = ["des-ede3-cbc", 24, 8] as const;
const CHACHA20 = ["chacha20", 32, 16] as const;
/** Of no use but to try whether it signs. */
const ED25519 =
  "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n-----END PRIVATE KEY-----";

/**
 * Tells which algorithms of SSH a runtime has, each tried when it is first asked for: a build of OpenSSL leaves out what others do not
 * (FIPS: ChaCha20, Curve25519), and so do runtimes that are not node. ssh2 throws at what is missing from a list, and fails in the middle
 * of a login at what is listed and does not work.
 */
export function createRuntimeAlgorithms(primitives: Primitives = crypto): (name: string) => boolean {
  const known = new Map<string, boolean>();
  return (name) => {
    const usable = known.get(name) ?? works(name, primitives);
    known.set(name, usable);
    return usable;
  };
}

function works(name: string, primitives: Primitives): boolean {
  try {
    return tryOut(name, primitives);
  } catch {
    return false;
  }
}

/** True for what needs nothing that can be missing. @throws where it does not work */
function tryOut(name: string, primitives: Primitives): boolean {
  const cipher = cipherOf(name);
  if (cipher !== undefined) {
    const [ssl, key, iv] = cipher;
    if (!primitives.getCiphers().includes(ssl)) return false;
    primitives.createCipheriv(ssl, Buffer.alloc(key), Buffer.alloc(iv));
  }
  const [, bits] = /^hmac-sha(?:2-)?(1|256|512)/.exec(name) ?? [];
  if (bits !== undefined) {
    if (!primitives.getHashes().includes(`sha${bits}`)) return false;
    primitives.createHmac(`sha${bits}`, Buffer.alloc(32));
  }
  const curve = CURVES[/-(nistp\d+)$/.exec(name)?.[1] ?? ""];
  if (curve !== undefined) primitives.createECDH(curve);
  if (name.startsWith("curve25519-")) primitives.generateKeyPairSync("x25519");
  if (name === "ssh-ed25519") primitives.sign(null, Buffer.alloc(1), ED25519);
  return true;
}

function cipherOf(name: string): readonly [ssl: string, key: number, iv: number] | undefined {
  if (name.startsWith("chacha20-")) return CHACHA20;
  if (name === "3des-cbc") return CBC_3DES;
  const [, bits, mode] = /^aes(\d+)-(gcm|ctr|cbc)/.exec(name) ?? [];
  return bits === undefined ? undefined : [`aes-${bits}-${mode}`, Number(bits) / 8, mode === "gcm" ? 12 : 16];
}
