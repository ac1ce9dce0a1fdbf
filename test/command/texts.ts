import fc from "fast-check";

const awkward = fc.constantFrom(
  ..."'\"\\$`!#~*?[]{}()<>|&;=-%^ \t\n\r\x01\x07\x1b\x7f\x80éß漢😀",
  "\\n",
  "$(touch /tmp/x)",
  "${HOME}",
  "'\\''",
  "\\\n",
  "--",
  "EOF",
  "@fake-script-1",
);

/** Text of any kind that a shell can carry: no NUL, no lone surrogates. */
export const anyText: fc.Arbitrary<string> = fc
  .oneof(
    fc.array(awkward, { maxLength: 8 }).map((parts) => parts.join("")),
    fc.string({ unit: "binary", maxLength: 12 }),
    fc.string({ unit: "grapheme", maxLength: 12 }),
  )
  .map((text) => text.replaceAll("\0", "").replaceAll(/\p{Surrogate}/gu, ""));
