import { type Script, script, sh } from "../../index.ts";
import type { DeployPaths } from "./paths.ts";

/**
 * Whether the holder of a lock lives. The transport gives signs of life for the file `<run>.alive` in the lock (`hold` of a command):
 * its second line says `<how> <kind> <pid> <start> <boot> <root> <machine>` of the process that is
 * the connection, and where `how` is `flock`, whoever has a shared flock on it is a shell or a command of that connection. A
 * connection need not have a shell at each moment: while the process is there, the connection lives, however silent.
 * Until the connection has said so, it is `- taker ...`: the shell that is taking the lock.
 *
 * Dead is only who is proved to be: everything else is a reason to think that it lives.
 */
export const LIVENESS = {
  "dead gone": "its connection is gone, and nothing of it runs any more",
  "dead restarted": "the machine has been started again since",
  "dead unfinished": "it was being made, and whoever made it has ended",
  "alive connected": "its connection is there",
  "alive running": "its connection is gone, but something that it started still runs",
  "alive taking": "it is being taken",
  "alive recent": "it began less than a minute ago",
  "alive unproven": "its connection is gone, and this host has no flock(1) that could tell whether something of it still runs",
  "alive hidden": "its connection cannot be seen on this host, so that nobody can tell",
  "alive local": "its process is at work on this machine",
  "alive elsewhere": "it was taken on another machine with the same directory: nobody here can tell whether that run lives",
  "alive unsigned": "it gives no signs of life: it was taken by another version, or they were deleted",
  "alive by-hand": "it was locked by hand, until `fake unlock`",
  "alive unreadable": "its signs of life cannot be read",
} as const;

export type Liveness = keyof typeof LIVENESS;

/**
 * Defines `_check_holder`, which sets `_life` to a `Liveness` for the lock that is there, and `_holder` to its run. When the holder is
 * dead, an
 * exclusive flock stays on descriptor 8: nobody can begin to live while the lock is broken.
 *
 * By the shell itself as far as it goes. A process that cannot be seen is not gone where others cannot be seen either.
 */
export function defineHolderCheck(paths: DeployPaths): Script {
  return script(sh`
    _word_of() { _word=; { read -r _word <"$1"; } 2>/dev/null; [ -n "$_word" ] || _word=-; }
    _start_of() { _word_of "/proc/$1/stat"; [ "$_word" != - ] || return 1; set -- \${_word##*") "}; _word=\${20:--}; case $1 in [ZX]) return 1;; esac; }
    _is_old() { [ -n "$(find "$1" -prune ! -mmin -1 2>/dev/null)" ]; }
    _read_holder() {
      _holder= _hand=
      while IFS= read -r _line; do case $_line in 'run '*) _holder=\${_line#run };; 'by hand') _hand=1;; esac; done <${paths.lock}/owner
      case $_holder in *[!A-Za-z0-9_-]*) _holder=;; esac
    } 2>/dev/null
    # The second line for this shell.
    _introduce() {
      _start_of $$ || { echo -; return 0; }
      _line="- taker $$ $_word"
      _word_of /proc/sys/kernel/random/boot_id; _line="$_line $_word"
      _start_of 1; _line="$_line $_word"
      _word_of /proc/sys/kernel/hostname; echo "$_line $_word"
    }
    # Sets _link: there, gone or unknown.
    _find_link() {
      _link=unknown
      [ "$_kind" != - ] || return 0
      _word_of /proc/sys/kernel/hostname; [ "$_word" = "$_machine" ] || { _link=elsewhere; return 0; }
      _word_of /proc/sys/kernel/random/boot_id
      if [ "$_word" != "$_boot" ]; then
        [ "$_word" = - ] || [ "$_boot" = - ] || _link=restarted
        return 0
      fi
      if [ "$_start" = - ]; then
        [ "$_kind" != local ] || { if kill -0 "$_pid" 2>/dev/null; then _link=there; else _link=gone; fi; }
      elif _start_of "$_pid" && [ "$_word" = "$_start" ]; then _link=there
      elif _start_of 1 && [ "$_word" = "$_root" ]; then _link=gone
      fi
    }
    _check_holder() {
      # Closing alone does not free it: in a list with redirections, mksh keeps a copy of what is closed.
      [ "$_life" != 'dead gone' ] || flock -u 8 8<&8
      exec 8<&-
      _read_holder
      _sign=${paths.lock}/$_holder.alive
      if [ -z "$_holder" ]; then
        _life='alive recent'; ! _is_old ${paths.lock} || _life='dead unfinished'; return 0
      fi
      [ -z "$_hand" ] || { _life='alive by-hand'; return 0; }
      [ -f "$_sign" ] || { _life='alive unsigned'; return 0; }
      _line= _how=- _kind=- _pid= _start= _boot= _root= _machine=
      { command exec 8<"$_sign"; } 2>/dev/null && { read -r _line && read -r _how _kind _pid _start _boot _root _machine; } <&8
      _kind=\${_kind:--}
      [ "$_line" = alive ] || { _life='alive unreadable'; return 0; }
      _find_link
      case $_link$_kind in
        elsewhere*) _life='alive elsewhere'; return 0;;
        restarted*) _life='dead restarted'; return 0;;
        therelocal) _life='alive local'; return 0;;
        theretaker) _life='alive taking'; return 0;;
        gonetaker) _life='dead unfinished'; return 0;;
        there*) _life='alive connected'; return 0;;
        unknown-)
          # It never began: between the lock and its connection's first sign of life there is no time to speak of.
          if [ "$_how" != - ]; then _life='alive hidden'
          elif _is_old "$_sign"; then _life='dead unfinished'
          else _life='alive recent'
          fi
          return 0;;
        unknown*) _life='alive hidden'; return 0;;
      esac
      [ "$_how" = flock ] || { _life='alive unproven'; return 0; }
      command -v flock >/dev/null || { _life='alive unreadable'; return 0; }
      _life='alive running'
      ! flock -xn 8 8<&8 || _life='dead gone'
    }
  `);
}
