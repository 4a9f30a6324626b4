# SPDX-License-Identifier: Apache-2.0
# bash completion for lookout

_lookout() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command=
  local word
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in
      check-config | connect | hash-token | health | keygen | mcp | verify-release | version) command=$word && break ;;
    esac
  done
  case $previous in
    --config | --out | --pub-from | --key | --token-file | --cert | --cert-key | --ca | --listen) mapfile -t COMPREPLY < <(compgen -f -- "$current") && return ;;
    --comment | --url) return ;;
  esac
  local words=
  case $command in
    '') words='check-config connect hash-token health keygen mcp verify-release version --config --version --help' ;;
    check-config | mcp) words='--config --help' ;;
    connect) words='--url --key --token-file --cert --cert-key --ca --listen --help' ;;
    health) words='--config --ready --help' ;;
    keygen) words='--out --comment --pub-from --help' ;;
    verify-release)
      if [[ $current != -* ]]; then mapfile -t COMPREPLY < <(compgen -f -- "$current") && return; fi
      words='--key --help'
      ;;
    *) words='--help' ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o filenames -F _lookout lookout
