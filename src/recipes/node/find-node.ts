import { type Script, script, sh } from "../../index.ts";

/** Where version managers keep what they have installed, by the directory of a version: nvm, fnm, volta, asdf, mise, nodenv, n. */
const PLACES = [
  '"${NVM_DIR:-$HOME/.nvm}"/versions/node/v*/bin',
  '"${FNM_DIR:-${XDG_DATA_HOME:-$HOME/.local/share}/fnm}"/node-versions/v*/installation/bin',
  '"$HOME"/.fnm/node-versions/v*/installation/bin',
  '"${VOLTA_HOME:-$HOME/.volta}"/tools/image/node/[0-9]*/bin',
  '"${ASDF_DATA_DIR:-$HOME/.asdf}"/installs/nodejs/[0-9]*/bin',
  '"${MISE_DATA_DIR:-${XDG_DATA_HOME:-$HOME/.local/share}/mise}"/installs/node/[0-9]*/bin',
  '"${NODENV_ROOT:-$HOME/.nodenv}"/versions/[0-9]*/bin',
  '"${N_PREFIX:-/usr/local}"/n/versions/node/[0-9]*/bin',
].join(" ");

/** Where package managers put themselves. A shell that nobody has logged in to has not read the files that say so. */
const PROGRAMS = [
  '"${BUN_INSTALL:-$HOME/.bun}"/bin',
  '"${PNPM_HOME:-${XDG_DATA_HOME:-$HOME/.local/share}/pnpm}"',
  '"${VOLTA_HOME:-$HOME/.volta}"/bin',
  '"$HOME"/.yarn/bin',
  '"$HOME"/.local/bin',
].join(":");

const LTS = "argon 4 boron 6 carbon 8 dubnium 10 erbium 12 fermium 14 gallium 16 hydrogen 18 iron 20 jod 22 krypton 24";

/**
 * Defines `find_node DIRECTORY VERSION` in the shell: puts the node that is wanted first in PATH, or else bun, and says in `runtime` which of
 * them it is. Fails, and says why in `error`. Wanted is the version, or else what a file of version managers in the directory says, or nothing:
 * then what is in PATH counts, or the default of nvm and fnm, or the newest that is there.
 */
export const FIND_NODE: Script = script(sh`
  number() {
    one=\${1#v} two=0 three=0
    case $one in
    *.*.*) three=\${one#*.*.} two=\${one#*.} two=\${two%%.*} ;;
    *.*) two=\${one#*.} ;;
    esac
    one=\${one%%.*}
    case $one$two$three in ''|*[!0-9]*) return 1 ;; esac
    number=$((one * 1000000 + two * 1000 + three))
  }
  fits() {
    case $2 in
    '') ;;
    'lts/*') number "$1" && [ $((number / 1000000 % 2)) = 0 ] ;;
    *) case $1 in "$2"|"$2".*) ;; *) return 1 ;; esac ;;
    esac
  }
  # Sets wanted: what nvm, asdf or volta would read there.
  read_wanted() {
    wanted=
    for file in "$1"/.nvmrc "$1"/.node-version; do
      [ -f "$file" ] || continue
      while read -r word rest || [ -n "$word" ]; do
        case $word in ''|'#'*) ;; *) wanted=\${word%"$cr"}; return ;; esac
      done <"$file"
    done
    if [ -f "$1"/.tool-versions ]; then
      while read -r tool word rest || [ -n "$tool" ]; do
        case $tool in node|nodejs) wanted=\${word%"$cr"}; return ;; esac
      done <"$1"/.tool-versions
    fi
    if [ -f "$1"/package.json ]; then
      wanted=$(sed -n '/"volta"[[:space:]]*:/,/}/s/.*"node"[[:space:]]*:[[:space:]]*"\([0-9.]*\)".*/\1/p' "$1"/package.json | head -n 1)
    fi
  }
  # Sets wanted: a version, or a part of one; lts/* for any that is, or nothing for any.
  understand() {
    wanted=\${1#v}
    case $wanted in
    node|stable|latest|current|system) wanted= ;;
    lts) wanted='lts/*' ;;
    lts/[a-z]*)
      name=\${wanted#lts/}
      set -- ${script(LTS)}
      while [ $# -gt 1 ]; do
        [ "$1" != "$name" ] || wanted=$2
        shift 2
      done ;;
    esac
    case $wanted in ''|'lts/*') ;; [0-9]*) case $wanted in *[!0-9.]*) return 1 ;; esac ;; *) return 1 ;; esac
  }
  # Sets bin: the newest of those that version managers have.
  pick() {
    bin= best=-1
    for place in ${script(PLACES)}; do
      [ -x "$place"/node ] || continue
      each=\${place%/bin} each=\${each%/installation} each=\${each##*/}
      number "$each" && fits "\${each#v}" "$1" || continue
      [ "$number" -le "$best" ] || best=$number bin=$place
    done
    [ -n "$bin" ]
  }
  find_node() {
    cr=$(printf '\r') runtime=node version=
    wanted=$2
    [ -n "$wanted" ] || read_wanted "$1"
    understand "$wanted" || { error="$wanted is no version of node that is understood here."; return 1; }
    PATH=$PATH:${script(PROGRAMS)}
    if command -v node >/dev/null 2>&1; then
      [ -n "$wanted" ] || return 0
      version=$(cd / && node --version 2>/dev/null)
      ! fits "\${version#v}" "$wanted" || return 0
    fi
    if [ -z "$wanted" ]; then
      bin=\${FNM_DIR:-\${XDG_DATA_HOME:-$HOME/.local/share}/fnm}/aliases/default/bin
      if [ -x "$bin"/node ]; then PATH=$bin:$PATH; return 0; fi
      alias=
      ! [ -f "\${NVM_DIR:-$HOME/.nvm}"/alias/default ] || read -r alias <"\${NVM_DIR:-$HOME/.nvm}"/alias/default
      if understand "$alias" && pick "$wanted"; then PATH=$bin:$PATH; return 0; fi
      wanted=
    fi
    if pick "$wanted"; then PATH=$bin:$PATH; return 0; fi
    if [ -z "$wanted" ] && command -v bun >/dev/null 2>&1; then runtime=bun; return 0; fi
    error="node\${wanted:+ $wanted} is not installed: PATH has \${version:-none}, and nvm, fnm, volta, asdf, mise, nodenv and n do not have it."
    return 1
  }
`);
