import type { Secret } from "../command/secret.ts";

/** How to log in: what a host says itself wins over what an action says, and that over the launcher's. */
export interface ConnectSettings {
  readonly user?: string | undefined;
  readonly port?: number | undefined;
  /** @default "ssh" */
  readonly transport?: string | undefined;
  /** Lets hosts use the local SSH agent. @default false */
  readonly forwardAgent?: boolean | undefined;
  /** Where keys do not do: this one, or `true` to ask. @default keys only */
  readonly password?: Secret | true | undefined;
}
