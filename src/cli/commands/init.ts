import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { toError, UsageError } from "../../errors.ts";
import type { VerbFunction } from "../argv/invocation.ts";
import { askProgram } from "../ask-program.ts";
import { findPackageRoot } from "../package/version.ts";
import { describeSettings, type KnownSettings } from "../template.ts";
import type { CliIo } from "../terminal/io.ts";

/** Writes a deployfile with every setting in it. */
export const runInit: VerbFunction = async ({ options }, io) => {
  const language = options.yaml ? "yaml" : "ts";
  const there = readdirSync(io.cwd).find((name) => /^deployfile\.(?:[mc]?[jt]s|ya?ml|json)$/.test(name));
  if (there !== undefined) {
    throw new UsageError("DEPLOYFILE_EXISTS", `There is a ${there} here already: nothing was written.`, {
      hint: "Rename it first, or go to another folder.",
    });
  }
  const name = `deployfile.${language}`;
  const template = readFileSync(join(findPackageRoot(), "templates", `${name}.template`), "utf8");
  const settings = await describeSettings(language, await lookAround(io));
  const text = template.replace("{{settings}}", () => settings);
  try {
    writeFileSync(join(io.cwd, name), text, { flag: "wx" });
  } catch (error) {
    throw new UsageError("INIT_FAILED", `${name} cannot be written: ${toError(error).message}`, { cause: error });
  }
  io.stdout.write(`Wrote ${name}. Next: fill in the settings and hosts at the top, then\n`);
  io.stdout.write("  fake doctor\n  fake plan deploy -R staging\n  fake -R staging deploy\n");
  return 0;
};

/** What the project says about itself. */
async function lookAround(io: CliIo): Promise<KnownSettings> {
  const application =
    basename(io.cwd)
      .replace(/[^A-Za-z0-9_-]+/g, "-")
      .replace(/^-+|-+$/g, "") || "app";
  const origin = (await askProgram("git", ["config", "--get", "remote.origin.url"], io)) ?? "";
  // A password in the URL belongs in nobody's deployfile.
  const isPlain = origin !== "" && !/:\/\/[^/@]*:[^/@]*@/.test(origin) && !/[\s"'`\\$]/.test(origin);
  return { application: JSON.stringify(application), repoUrl: isPlain ? JSON.stringify(origin) : undefined };
}
