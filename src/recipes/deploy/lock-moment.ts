import { type Script, script, sh } from "../../index.ts";

/** Defines `_moment`: a time as the owner of a lock has it, as `formatMoment` writes it. No option of date(1) does that everywhere. */
export function defineMoment(): Script {
  return script(sh`
    _seconds() {
      IFS=-T:
      set -- \${1%Z}
      unset IFS
      _month=$(((\${2#0} + 9) % 12)) _year=$(($1 - 2000))
      [ $_month -lt 10 ] || _year=$((_year - 1))
      _days=$((365 * _year + _year / 4 - _year / 100 + _year / 400 + (153 * _month + 2) / 5 + \${3#0}))
      echo $((((_days * 24 + \${4#0}) * 60 + \${5#0}) * 60 + \${6#0}))
    }
    _moment() {
      case $1 in
      2[0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]Z) ;;
      *) echo "$1"; return ;;
      esac
      _age=$(($(_seconds "$(date -u +%Y-%m-%dT%H:%M:%SZ)") - $(_seconds "$1")))
      if [ $_age -lt 0 ]; then _ago=
      elif [ $_age -lt 60 ]; then _ago=" ($_age s ago)"
      elif [ $_age -lt 3600 ]; then _ago=" ($((_age / 60)) min ago)"
      elif [ $_age -lt 172800 ]; then _ago=" ($((_age / 3600)) h ago)"
      else _ago=" ($((_age / 86400)) days ago)"
      fi
      _minute=\${1%:*}
      echo "\${_minute%%T*} \${_minute#*T} UTC$_ago"
    }
  `);
}
