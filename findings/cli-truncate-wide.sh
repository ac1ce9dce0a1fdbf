#!/bin/sh
# npm cli-truncate 5.2.0 (with slice-ansi 8.0.0 below it), node 20: "truncate to N columns" gives N + 1 columns where the cut falls
# into the middle of a two-column character. slice-ansi keeps a wide character that only begins before the end of the slice, and
# cli-truncate puts its mark behind that. Latin text and odd cuts come out right, so it is seen by users in Japan and China first: a
# progress line that is cut to the terminal's width wraps, and what draws in place leaves a copy of it behind with each picture.
# Seen 2026-11-30:
#   漢字漢字 to 6: 7 columns (漢字漢…)
#   漢字漢字 to 5: 5 columns (漢字…)
#   日本語テキスト to 10: 11 columns (日本語テキ…)
#   much too long to 8: 8 columns (much to…)
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"
npm i --silent --ignore-scripts --prefix . cli-truncate@5.2.0 slice-ansi@8.0.0 string-width@8.3.0 >/dev/null
cat > t.mjs <<'J'
import cliTruncate from "cli-truncate";
import stringWidth from "string-width";
for (const [text, columns] of [["漢字漢字", 6], ["漢字漢字", 5], ["日本語テキスト", 10], ["much too long", 8]]) {
  const cut = cliTruncate(text, columns);
  console.log(`${text} to ${columns}: ${stringWidth(cut)} columns (${cut})`);
}
J
out=$(node t.mjs); echo "$out"; [ "$out" = "漢字漢字 to 6: 7 columns (漢字漢…)
漢字漢字 to 5: 5 columns (漢字…)
日本語テキスト to 10: 11 columns (日本語テキ…)
much too long to 8: 8 columns (much to…)" ] || { echo CHANGED; exit 1; }
