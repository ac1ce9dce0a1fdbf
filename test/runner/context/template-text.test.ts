import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { App } from "../../../src/dsl/app.ts";
import { secret } from "../../../src/env/secret.ts";
import { nowhere } from "../../support/nowhere.ts";
import { failures } from "../rig.ts";
import { type OnHost, onHost } from "./on-host.ts";

let host: OnHost;
let source: string;
beforeEach(async () => {
  host = await onHost();
  source = join(host.folder, "nginx.conf.tpl");
});
afterEach(() => host.remove());

const settings = ({ env }: App): void =>
  env.set({
    application: "shop",
    port: async () => 8080,
    token: secret("hunter22"),
    list: ["a"],
    greeting: "$& {{port}}",
  } as never);

describe("template", () => {
  it("fills in settings and values, and leaves other braces alone", async () => {
    await writeFile(source, "{{ application }}:{{port}} {{ who }}{{}} {{ #if }} { port } {{greeting}}\n");
    const result = await host.work((t) => t.template(source, "out", { who: "me", port: 1 }), settings);
    expect(failures(result)).toEqual([]);
    expect(await readFile(join(host.folder, "out"), "utf8")).toBe("shop:1 me{{}} {{ #if }} { port } $& {{port}}\n");
  });

  it("tells whether the file changed, and leaves one alone that did not", async () => {
    await writeFile(source, "{{ port }}");
    const changed: boolean[] = [];
    const file = join(host.folder, "out");
    const result = await host.work(async (t) => {
      changed.push(await t.template(source, "out"));
      const before = (await stat(file)).ino;
      changed.push(await t.template(source, "out"));
      expect((await stat(file)).ino).toBe(before);
      changed.push(await t.template(source, "out", {}, { mode: "600" }));
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      changed.push(await t.template(source, "out", { port: 9 }));
    }, settings);
    expect(failures(result)).toEqual([]);
    expect(changed).toEqual([true, false, false, true]);
  });

  it("keeps a file with a secret from others, and its secret out of sight", async () => {
    await writeFile(source, "TOKEN={{ token }}");
    const result = await host.work(async (t) => {
      await t.template(source, "out");
      await t.run`cat out`;
    }, settings);
    expect(failures(result)).toEqual([]);
    expect(await readFile(join(host.folder, "out"), "utf8")).toBe("TOKEN=hunter22");
    expect((await stat(join(host.folder, "out"))).mode & 0o777).toBe(0o600);
    expect(JSON.stringify(result.rig.events)).not.toContain("hunter22");
  });

  it("fails with every key that is unknown or no text, its line, and what was meant", async () => {
    await writeFile(source, "{{ port }}\n{{ aplication }}\n\n{{ list }} {{ nothing.like.it }}\n");
    const result = await host.work((t) => t.template(source, "out"), settings);
    const [failure] = result.failures;
    expect(failure?.error.message.split("\n").slice(1)).toEqual([
      `${source}:2: there is no setting or value "aplication". Did you mean "application"?`,
      `${source}:4: "list" is a list, which is no text.`,
      `${source}:4: there is no setting or value "nothing.like.it".`,
    ]);
    expect(result.exitCode).toBe(1);
    expect(result.rig.of("commandStarted")).toEqual([]);
  });

  it("fails for a local file that is not there", async () => {
    const result = await host.work((t) => t.template(nowhere, "out"));
    expect(result.failures[0]?.error.message).toContain(`Cannot read the template ${nowhere}`);
  });
});
