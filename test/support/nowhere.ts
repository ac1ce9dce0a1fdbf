import { tmpdir } from "node:os";
import { join } from "node:path";

/** A path that leads nowhere on any machine: beneath the test file's own temporary directory. */
export const nowhere = join(tmpdir(), "nowhere");
