import { describe, expect, it } from "vitest";
import { shortenPaths } from "../../src/report/shorten-paths.ts";

const ID = "20261130135525";
const OTHER = "20261129080000";

describe("shortenPaths", () => {
  it.each([
    ["the whole of a command", `/srv/www/shop/releases/${ID}`, `releases/${ID}`],
    ["in the middle", `cd /srv/shop/releases/${ID} && npm ci`, `cd releases/${ID} && npm ci`],
    [
      "with a path in it",
      `test -f /srv/shop/releases/${ID}/bin/migrate || exit 1`,
      `test -f releases/${ID}/bin/migrate || exit 1`,
    ],
    ["quoted", `cat '/srv/shop/releases/${ID}/a b' "/srv/shop/releases/${ID}/c"`, `cat 'releases/${ID}/a b' "releases/${ID}/c"`],
    ["quoted in quotes", `sh -c 'cat '\\''/srv/shop/releases/${ID}/a b'\\'''`, `sh -c 'cat '\\''releases/${ID}/a b'\\'''`],
    ["of two releases", `diff /srv/shop/releases/${ID} /srv/shop/releases/${OTHER}`, `diff releases/${ID} releases/${OTHER}`],
    ["below the home", `ls ~/shop/releases/${ID} ~ada/shop/releases/${ID}`, `ls releases/${ID} releases/${ID}`],
    ["as a value", `A=/srv/shop/releases/${ID} B=x:/srv/shop/releases/${ID}`, `A=releases/${ID} B=x:releases/${ID}`],
    [
      "in a redirection",
      `date >/srv/shop/releases/${ID}/date;(cd /srv/shop/releases/${ID})`,
      `date >releases/${ID}/date;(cd releases/${ID})`,
    ],
    ["on a host", `rsync app1:/srv/shop/releases/${ID}/ .`, `rsync app1:releases/${ID}/ .`],
    ["with a name of other letters", `cd /srv/部署/releases/${ID}`, `cd releases/${ID}`],
  ])("takes out where a release lies: %s", (_what, text, short) => {
    expect(shortenPaths(text)).toBe(short);
    expect(shortenPaths(short)).toBe(short);
  });

  it.each([
    ["current", "cd /srv/shop/current && ln -sfn /srv/shop/shared/uploads uploads"],
    ["the folder of the releases", "ls -1 /srv/shop/releases"],
    ["what is no id", "cd /srv/shop/releases/v1.2 && ls /srv/shop/releases/2026 /srv/shop/releases/202611301355250"],
    ["a relative path", `ln -s ../../releases/${ID} current && ls shop/releases/${ID} ./releases/${ID}`],
    ["a URL", `curl https://example.com/shop/releases/${ID} file:///srv/shop/releases/${ID}`],
    [
      "what begins with a variable",
      `ls $HOME/shop/releases/${ID} "$HOME"/shop/releases/${ID} \${HOME}/shop/releases/${ID} $(pwd)/shop/releases/${ID}`,
    ],
    ["a path with a blank", `cd '/srv/my shop/releases/${ID}'`],
    ["other paths", "cp /etc/hosts /srv/releases.txt"],
  ])("leaves alone: %s", (_what, text) => {
    expect(shortenPaths(text)).toBe(text);
  });
});
