import type { Host, HostInput } from "../hosts/host.ts";
import { parseHost } from "../hosts/parse-host.ts";

/**
 * A host as an inventory holds it, written as in a deployfile.
 * @param roles all roles of the host. @default none
 * @throws ProblemsError when it is not written right
 * @example const host = fakeHost("deployer@app1.example.com:2222", ["web"]);
 */
export function fakeHost(input: HostInput, roles: readonly string[] = []): Host {
  return Object.freeze({ ...parseHost(input), roles: Object.freeze([...roles]) });
}
