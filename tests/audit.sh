#!/usr/bin/env bash
# Licences, sources, doubled crates and known advisories of everything that the program is made of. Opt-in: it needs
# cargo-deny (cargo install cargo-deny, or any prebuilt one: CARGO_DENY=path) and, for advisories, the network. What cannot
# be reached is said and does not count; what is found does.
set -uo pipefail
cd "$(dirname "$0")/.."
DENY="${CARGO_DENY:-cargo-deny}"
failed=0

if command -v "$DENY" >/dev/null; then
  "$DENY" check --hide-inclusion-graph licenses bans sources || failed=1
  if git ls-remote --exit-code https://github.com/RustSec/advisory-db HEAD >/dev/null 2>&1; then
    "$DENY" check advisories || failed=1
  else
    echo "LEFT OUT: advisories of crates; their database cannot be reached"
  fi
else
  echo "LEFT OUT: crates; there is no cargo-deny"
fi

audit=$(npm --prefix web audit 2>&1)
status=$?
if grep -q "audit endpoint returned an error" <<<"$audit"; then
  echo "LEFT OUT: advisories of npm packages; the registry gives none"
else
  echo "$audit"
  [ "$status" = 0 ] || failed=1
fi
exit $failed
