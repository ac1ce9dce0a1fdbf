import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parse } from "dotenv";
import { UsageError } from "../../index.ts";
import { createSource, type SecretSource } from "./source.ts";

/**
 * Secrets of a file of this machine with lines `KEY=value`, read as the dotenv package reads it.
 * @param path absolute, or from the folder that `fake` is called in
 * @example env.set({ databasePassword: dotenv("production.env")("DATABASE_PASSWORD") });
 */
export function dotenv(path: string): SecretSource {
  return createSource(`the file ${path}`, async () => {
    const text = await readFile(resolve(path), "utf8").catch((cause: NodeJS.ErrnoException) => {
      const why = cause.code === "ENOENT" ? "there is none" : cause.message;
      throw new UsageError("SECRET_SOURCE", `The file ${resolve(path)} cannot be read: ${why}.`, { cause });
    });
    return new Map(Object.entries(parse(text)));
  });
}
