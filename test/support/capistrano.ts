/**
 * What Capistrano 3 does on a host, command by command as its `git` and `deploy` tasks run them, to see that a tree can change
 * hands in both directions. No Ruby: the shell commands are what counts.
 */
import { execFileSync } from "node:child_process";

export interface Capistrano {
  /** `cap production deploy` of a branch as a release with this id. */
  deploy(id: string, branch: string): void;
  /** `cap production deploy:cleanup`. @returns what it removed */
  cleanup(keepReleases: number): readonly string[];
  /** `cap production deploy:rollback`, with the cleanup after it. */
  rollback(): void;
  /** The release it believes to be live: its comparison is one of texts. */
  current(): string;
}

/** @param root deploy_to @param repository repo_url */
export function createCapistrano(root: string, repository: string): Capistrano {
  const sh = (script: string, ...args: readonly string[]): string =>
    execFileSync("sh", ["-eu", "-c", PATHS + script, "capistrano", root, ...args], {
      encoding: "utf8",
      env: { PATH: process.env["PATH"], LC_ALL: "C", HOME: root },
    }).trim();
  return {
    deploy: (id, branch) => void sh(CHECK + UPDATE + PUBLISH + LOG, id, branch, repository),
    cleanup: (keep) => sh(CLEANUP, String(keep)).split("\n").filter(Boolean),
    rollback: () => void sh(REVERT + PUBLISH + CLEANUP_ROLLBACK),
    current: () => sh('readlink "$current"'),
  };
}

const PATHS = `
  root=$1; releases=$root/releases; shared=$root/shared; repo=$root/repo; current=$root/current
  shift
`;

const CHECK = `
  id=$1; branch=$2; repository=$3; release=$releases/$id
  mkdir -p "$shared" "$releases" "$shared/log"
  [ -f "$repo/HEAD" ] || git clone -q --mirror "$repository" "$repo"
`;

/** git:update, git:create_release, deploy:set_current_revision, deploy:symlink:linked_dirs. */
const UPDATE = `
  cd "$repo"
  git remote set-url origin "$repository"
  git remote update --prune >/dev/null 2>&1
  mkdir -p "$release"
  git archive "$branch" | tar -x -f - -C "$release"
  revision=$(git rev-list --max-count=1 "$branch")
  echo "$revision" >"$release/REVISION"
  rm -rf "$release/log"
  ln -s "$shared/log" "$release/log"
`;

/** deploy:symlink:release: the link is made in releases and moved. */
const PUBLISH = `
  ln -s "$release" "$releases/current"
  mv "$releases/current" "$root"
`;

const LOG = `
  echo "Branch $branch (at $revision) deployed as release $id by deploy" >>"$root/revisions.log"
`;

const CLEANUP = `
  keep=$1
  valid=$(ls -x "$releases" | tr -s ' \\t' '\\n' | grep -E '^[0-9]{14}$' || :)
  count=$(echo "$valid" | grep -c . || :)
  [ "$count" -ge "$keep" ] || exit 0
  for id in $(echo "$valid" | head -n "$((count - keep))"); do
    [ "$(readlink "$current")" = "$releases/$id" ] && continue
    rm -rf "$releases/$id"
    echo "$id"
  done
`;

/** The second of all names, newest first. */
const REVERT = `
  id=$(ls -xr "$releases" | tr -s ' \\t' '\\n' | sed -n 2p)
  release=$releases/$id
  [ -d "$release" ]
`;

/** Packs and removes the newest release, unless the link says that it is live. */
const CLEANUP_ROLLBACK = `
  last=$(ls -xr "$releases" | tr -s ' \\t' '\\n' | sed -n 1p)
  if [ "$(readlink "$current")" != "$releases/$last" ]; then
    tar -czf "$root/rolled-back-release-$last.tar.gz" -C "$releases" "$last"
    rm -rf "$releases/$last"
  fi
  echo "deploy rolled back to release $id" >>"$root/revisions.log"
`;
