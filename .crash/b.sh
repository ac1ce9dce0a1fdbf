cd /tmp/crash && npx esbuild test/crash/run.ts --bundle --platform=node --format=esm --packages=external --outfile=.crash/run.mjs --log-level=warning && exec node .crash/run.mjs "$@"
