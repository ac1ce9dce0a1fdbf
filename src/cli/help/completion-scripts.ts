/** What makes a shell ask `fake __complete` for candidates. */
export const completionScripts = {
  bash: `# fake: completion for bash. To keep it: fake completion bash >> ~/.bashrc
_fake_complete() {
  local line="\${COMP_LINE:0:COMP_POINT}" words word candidate cut
  read -ra words <<< "$line"
  [[ "$line" == *[[:space:]] ]] && words+=("")
  word="\${words[\${#words[@]}-1]}"
  # bash cuts words at : and =, and keeps what stands before them.
  cut="\${word%"\${word##*[:=]}"}"
  COMPREPLY=()
  while IFS= read -r candidate; do
    COMPREPLY+=("\${candidate#"$cut"}")
  done < <(fake __complete -- "\${words[@]:1}" 2>/dev/null </dev/null)
}
complete -o default -F _fake_complete fake
`,
  zsh: `# fake: completion for zsh. To keep it: fake completion zsh >> ~/.zshrc
_fake_complete() {
  local -a candidates
  candidates=("\${(@f)$(fake __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null </dev/null)}")
  candidates=(\${candidates:#})
  if (( \${#candidates} )); then compadd -Q -a candidates; else _files; fi
}
compdef _fake_complete fake
`,
  fish: `# fake: completion for fish. To keep it: fake completion fish > ~/.config/fish/completions/fake.fish
complete -c fake -a '(fake __complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null </dev/null)'
`,
} as const;
