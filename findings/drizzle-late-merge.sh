#!/bin/sh
# npm drizzle-orm 0.45.4 (migrator, on PGlite 0.5.17): a migration whose time in the journal is older than that of the
# newest one applied is never run, though it is new to the database and stands last in the list. migrate() resolves.
# One would expect a migrator with a table of what it applied to look into it: it reads the last row's time only.
# Two branches each generate a migration; the one begun first is merged last. Fresh databases (CI, a new colleague) get
# both, production gets one, every deploy says it succeeded, and the app asks for a table that is not there.
# Seen 2026-12-01:
#   production, users + orders: orders users
#   production, invoices merged (generated before orders): orders users
#   production, refunds after it: orders refunds users
#   a fresh database: invoices orders refunds users
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; npm i --silent --ignore-scripts --prefix . drizzle-orm@0.45.4 @electric-sql/pglite@0.5.17 >/dev/null 2>&1
cat > t.mjs <<'J'
import fs from "node:fs"; import { PGlite } from "@electric-sql/pglite"; import { drizzle } from "drizzle-orm/pglite"; import { migrate } from "drizzle-orm/pglite/migrator";
const deploy = async (db, migrations) => { fs.mkdirSync("m/meta", { recursive: true });
  for (const [name] of migrations) fs.writeFileSync(`m/${name}.sql`, `create table ${name} (id int);`);
  fs.writeFileSync("m/meta/_journal.json", JSON.stringify({ version: "7", dialect: "postgresql", entries: migrations.map(([tag, when], idx) => ({ idx, version: "7", when, tag, breakpoints: true })) }));
  await migrate(drizzle(db), { migrationsFolder: "m" }); return (await db.query("select tablename from pg_tables where schemaname = 'public' order by 1")).rows.map((r) => r.tablename).join(" "); };
const production = new PGlite(), all = [["users", 1000], ["orders", 3000], ["invoices", 2000], ["refunds", 4000]];
console.log("production, users + orders:", await deploy(production, all.slice(0, 2))); console.log("production, invoices merged (generated before orders):", await deploy(production, all.slice(0, 3)));
console.log("production, refunds after it:", await deploy(production, all)); console.log("a fresh database:", await deploy(new PGlite(), [...all].sort((a, b) => a[1] - b[1]))); process.exit();
J
out=$(node t.mjs); echo "$out"; [ "$out" = 'production, users + orders: orders users
production, invoices merged (generated before orders): orders users
production, refunds after it: orders refunds users
a fresh database: invoices orders refunds users' ] || { echo CHANGED; exit 1; }
