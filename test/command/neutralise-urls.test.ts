import { describe, expect, it } from "vitest";
import { hideUrlPasswords } from "../../src/command/neutralise.ts";
import { endsSoon, HUGE } from "../fuzz/fuzz.ts";

describe("the password of a URL", () => {
  it.each([
    ["https://ada:s3cret@example.com/x", "https://ada:[redacted]@example.com/x"],
    ["https://:s3cret@example.com", "https://:[redacted]@example.com"],
    ['{"a":"https://ada:s:3@cret@example.com","b":"c@d"}', '{"a":"https://ada:[redacted]@example.com","b":"c@d"}'],
    ["ssh://git@example.com:22/a:b@c", "ssh://git@example.com:22/a:b@c"],
    ["git@example.com:a/b", "git@example.com:a/b"],
    ["redis://u:s3cret@a and amqp://v:s3cret@b", "redis://u:[redacted]@a and amqp://v:[redacted]@b"],
  ])("in %s is hidden", (text, shown) => {
    expect(hideUrlPasswords(text)).toBe(shown);
  });

  it.each(["a.", "a://", "a://b:", "https://a:b", "://"])("is not waited for in %s again and again", (piece) => {
    endsSoon(() => hideUrlPasswords(piece.repeat(HUGE / 10)));
  });
});
