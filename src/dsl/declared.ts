import type { SourceLocation } from "../errors.ts";

/** A verb or an option, and where it was declared. */
export interface Declared<D> {
  readonly definition: D;
  readonly where: SourceLocation | undefined;
}
