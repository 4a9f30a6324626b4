# SPDX-License-Identifier: Apache-2.0
# fish completion for lookout

set -l commands check-config connect hash-token health keygen mcp verify-release version
complete -c lookout -f
complete -c lookout -s h -l help -d 'Print a help text'
complete -c lookout -n "not __fish_seen_subcommand_from $commands" -l version -d 'Print the version'
complete -c lookout -n "not __fish_seen_subcommand_from $commands" -l config -r -F -d 'Configuration file'
complete -c lookout -n "not __fish_seen_subcommand_from $commands" -a check-config -d 'Check all settings'
complete -c lookout -n "not __fish_seen_subcommand_from $commands" -a connect -d 'Docker of an agent on a local socket'
complete -c lookout -n "not __fish_seen_subcommand_from $commands" -a hash-token -d 'Hash a token'
complete -c lookout -n "not __fish_seen_subcommand_from $commands" -a health -d 'Ask a running agent whether it is well'
complete -c lookout -n "not __fish_seen_subcommand_from $commands" -a keygen -d 'Make a key pair'
complete -c lookout -n "not __fish_seen_subcommand_from $commands" -a mcp -d 'Serve an assistant'
complete -c lookout -n "not __fish_seen_subcommand_from $commands" -a verify-release -d 'Check a release'
complete -c lookout -n "not __fish_seen_subcommand_from $commands" -a version -d 'Print the version'
complete -c lookout -n '__fish_seen_subcommand_from check-config health mcp' -l config -r -F -d 'Configuration file'
complete -c lookout -n '__fish_seen_subcommand_from health' -l ready -d 'Ask for readiness'
complete -c lookout -n '__fish_seen_subcommand_from keygen' -l out -r -F -d 'New file for the private key'
complete -c lookout -n '__fish_seen_subcommand_from keygen' -l comment -x -d 'Text behind the public key'
complete -c lookout -n '__fish_seen_subcommand_from keygen' -l pub-from -r -F -d 'Show the public key of this private key'
complete -c lookout -n '__fish_seen_subcommand_from connect' -l url -x -d 'The listener of the agent'
complete -c lookout -n '__fish_seen_subcommand_from connect' -l key -r -F -d 'Private key that signs requests'
complete -c lookout -n '__fish_seen_subcommand_from connect' -l token-file -r -F -d 'File that holds the token'
complete -c lookout -n '__fish_seen_subcommand_from connect' -l cert -r -F -d 'Client certificate'
complete -c lookout -n '__fish_seen_subcommand_from connect' -l cert-key -r -F -d 'Its private key'
complete -c lookout -n '__fish_seen_subcommand_from connect' -l ca -r -F -d 'Certificates to trust'
complete -c lookout -n '__fish_seen_subcommand_from connect' -l listen -r -F -d 'Socket to make'
complete -c lookout -n '__fish_seen_subcommand_from verify-release' -l key -r -F -d 'Public key of the releases'
complete -c lookout -n '__fish_seen_subcommand_from verify-release' -F
