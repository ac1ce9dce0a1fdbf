/** What one check came to. */
export interface Finding {
  readonly status: "ok" | "warn" | "fail";
  /** One line. */
  readonly what: string;
  /** What to do about it. */
  readonly todo?: string | undefined;
}

export function ok(what: string): Finding {
  return { status: "ok", what };
}

export function warn(what: string, todo: string): Finding {
  return { status: "warn", what, todo };
}

export function fail(what: string, todo?: string): Finding {
  return { status: "fail", what, todo };
}
