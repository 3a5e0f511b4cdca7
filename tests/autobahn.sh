#!/bin/sh
# Autobahn's fuzzing client against this program's WebSocket stack, cases 1 to 7, 9 and 10. Opt-in: the suite needs
# Python 2.7, for example
#
#   pyenv install 2.7.18 && PYENV_VERSION=2.7.18 python2.7 -m pip install --user autobahntestsuite
#
# Usage: WSTEST=path/to/wstest XIAOER=target/release/xiaoer tests/autobahn.sh
#
# It asks the echo server of `xiaoer bench`, which is the chat's stack without the chat; frames may be as large as the
# cases want them.
set -eu
WSTEST="${WSTEST:-wstest}"
XIAOER="${XIAOER:-target/release/xiaoer}"
PORT="${PORT:-9001}"
FOLDER="$(mktemp -d)"
"$XIAOER" bench echo --port "$PORT" --largest 67108864 &
SERVER=$!
trap 'kill $SERVER; rm -rf "$FOLDER"' EXIT

cat > "$FOLDER/client.json" <<JSON
{ "outdir": "$FOLDER/reports",
  "servers": [{ "agent": "xiaoer", "url": "ws://127.0.0.1:$PORT" }],
  "cases": ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "9.*", "10.*"],
  "exclude-cases": [], "exclude-agent-cases": {} }
JSON
"$WSTEST" -m fuzzingclient -s "$FOLDER/client.json"

python3 - "$FOLDER/reports/index.json" <<'PYTHON'
import collections, json, sys
cases = json.load(open(sys.argv[1]))["xiaoer"]
print(dict(collections.Counter(case["behavior"] for case in cases.values())), "of", len(cases))
failed = [name for name, case in cases.items()
          if case["behavior"] not in ("OK", "NON-STRICT", "INFORMATIONAL") or case["behaviorClose"] not in ("OK", "INFORMATIONAL")]
print("failed:", sorted(failed) or "none")
sys.exit(1 if failed else 0)
PYTHON
