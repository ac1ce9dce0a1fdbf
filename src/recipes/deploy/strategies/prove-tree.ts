import { type Script, script, sh } from "../../../index.ts";

/**
 * Defines `survey` and `prove`, for take-tree.ts. Of nearly every release it can be shown with a few programs that it is what git has listed, and
 * that nothing else is to be said of it; what they cannot show is looked at one by one there. `survey` fails when git cannot list, and sets
 * `names` to `plain` where nothing is odd about them; `prove` is true when all is shown.
 * @param options of git
 */
export function defineProof(options: readonly string[]): Script {
  return script(SURVEY.script, prove(options).script);
}

/** For awk: is each name there once, and written as it is? Without submodules? How many links are there, and files of attributes? */
const SURVEY_LISTING = String.raw`
  { at = index($0, "\t"); name = substr($0, at + 1); split(substr($0, 1, at - 1), words, " ") }
  at == 0 || name ~ /^"/ || name in seen || words[1] == "160000" { odd = 1 }
  { seen[name] = 1 }
  words[1] == "120000" { links++; print words[3] >ENVIRON["ids"] }
  name ~ /(^|\/)[.]gitattributes$/ { attributes++ }
  END { print (odd ? "odd" : "plain"), links + 0, attributes + 0 }
`;

/** For awk: the listing, and behind it what was found, of which the directory itself comes first. */
const COMPARE_NAMES = String.raw`
  !there { names[substr($0, index($0, "\t") + 1)] = 1; listed++; next }
  FNR > 1 { if (substr($0, length(ENVIRON["into"]) + 2) in names) found++; else strange = 1 }
  END { exit strange || found != listed }
`;

/** For awk: the listing, then what git has of its links, each in a line behind another one, then what ls says of those that were found. */
const COMPARE_LINKS = String.raw`
  !there { if (substr($0, 1, 6) == "120000") paths[++listed] = ENVIRON["into"] "/" substr($0, index($0, "\t") + 1); next }
  there == 1 { if (FNR % 2 == 0) told[paths[FNR / 2] " -> " $0] = 1; next }
  { if (substr($0, index($0, ENVIRON["into"] "/")) in told) found++; else strange = 1 }
  END { exit strange || found != listed }
`;

/** What git has listed. Names are as they are, or git quotes them. */
const SURVEY = script(sh`
  survey() {
    names=odd
    own_git -c core.quotePath=false ls-tree -r -t "$commit:$tree" >"$work/listing" || return
    command -v awk >/dev/null || return 0
    ids=$work/ids awk ${SURVEY_LISTING} "$work/listing" >"$work/survey" && read -r names links attributes <"$work/survey" || names=odd
  }
`);

function prove(options: readonly string[]): Script {
  return script(sh`
    prove() {
      [ "$names" = plain ] && find "$into" -print >"$work/there" &&
        into=$into awk ${COMPARE_NAMES} "$work/listing" there=1 "$work/there" || return
      [ "$links" = 0 ] || prove_links || return
      [ "$attributes$tree" = 0 ] && [ ! -s "$repo/info/attributes" ] || prove_unfiltered
    }
    prove_links() {
      own_git cat-file --batch <"$work/ids" >"$work/targets" && find "$into" -type l -exec ls -ld {} + >"$work/links" &&
        into=$into awk ${COMPARE_LINKS} "$work/listing" there=1 "$work/targets" there=2 "$work/links"
    }
    prove_unfiltered() {
      [ ! -s "$repo/info/attributes" ] || return
      git ${options} --git-dir="$repo" grep -q filter "$commit" -- ':(glob)**/.gitattributes'
      [ $? = 1 ]
    }
  `);
}
