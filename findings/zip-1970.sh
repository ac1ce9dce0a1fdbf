#!/bin/sh
# A file of 1970 (the time that reproducible builds and content stores give to files) put into a zip, whose times begin
# in 1980: npm jszip 3.10.2 writes the year 2098, npm adm-zip 0.6.1 the day 1980-00-00, which unzip makes 1979-12-31;
# archiver 7.0.1 writes 1980-01-01, and fflate 0.8.2 throws.
# One would expect 1980-01-01, or an error. A release unpacked from jszip's file is from the future: rsync -u never
# replaces its files again, make and caches that compare times take it for newer than every later release.
# Seen 2026-11-29 (after unzip, in UTC):
#   jszip: 2098-01-01
#   adm-zip: 1979-12-31
#   archiver: 1980-01-01
#   fflate: date not in range 1980-2099
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; export TZ=UTC; mkdir in
npm i --silent --ignore-scripts --prefix . jszip@3.10.2 adm-zip@0.6.1 archiver@7.0.1 fflate@0.8.2 >/dev/null 2>&1; apt-get download -qq unzip=6.0-28+deb12u1 2>/dev/null; dpkg -x unzip_*.deb x
echo hi > in/f; touch -d @1 in/f
cat > t.cjs <<'J'
const fs = require("fs"), mtime = fs.statSync("in/f").mtime, data = fs.readFileSync("in/f");
(async () => { const j = new (require("jszip"))(); j.file("f", data, { date: mtime }); fs.writeFileSync("jszip.zip", await j.generateAsync({ type: "nodebuffer" }));
  const a = new (require("adm-zip"))(); a.addLocalFile("in/f"); a.writeZip("adm-zip.zip");
  const r = require("archiver")("zip"); r.pipe(fs.createWriteStream("archiver.zip")); r.file("in/f", { name: "f" }); await r.finalize();
  try { require("fflate").zipSync({ f: [data, { mtime }] }); } catch (e) { fs.writeFileSync("fflate", e.message); } })();
J
node t.cjs; out=$(for z in jszip adm-zip archiver; do x/usr/bin/unzip -q "$z.zip" -d "$z"; echo "$z: $(stat -c %y "$z/f" | cut -c1-10)"; done; echo "fflate: $(cat fflate)"); echo "$out"
[ "$out" = "jszip: 2098-01-01
adm-zip: 1979-12-31
archiver: 1980-01-01
fflate: date not in range 1980-2099" ] || { echo CHANGED; exit 1; }
