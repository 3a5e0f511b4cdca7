#!/usr/bin/env bash
# Runs a command and keeps what it says for the count of lines that hold (web/scripts/checklist.mjs):
#   tests/noted.sh unit cargo test
set -euo pipefail
folder="$(dirname "$0")/../target/checklist"
mkdir -p "$folder"
name=$1
shift
"$@" 2>&1 | tee "$folder/$name.log"
