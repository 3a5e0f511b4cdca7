#!/bin/sh
# schemathesis against the running program: requests of every shape for every operation of the description, as an admin;
# none may be answered with a 5xx. Opt-in: it needs schemathesis 4, for example
#
#   python3 -m venv /tmp/schemathesis && /tmp/schemathesis/bin/pip install schemathesis
#
# Usage: SCHEMATHESIS=/tmp/schemathesis/bin/schemathesis XIAOER=target/release/xiaoer tests/schemathesis.sh [EXAMPLES]
#
# With XIAOER_DATABASE__URL another database than a fresh SQLite file is tried.
set -eu
SCHEMATHESIS="$(realpath "$(command -v "${SCHEMATHESIS:-schemathesis}")")"
XIAOER="$(realpath "${XIAOER:-target/release/xiaoer}")"
PORT="${PORT:-9002}"
EXAMPLES="${1:-50}"
FOLDER="$(mktemp -d)"
export XIAOER_SERVER__PORT="$PORT" XIAOER_DATABASE__URL="${XIAOER_DATABASE__URL:-sqlite://$FOLDER/shop.db}"
# Whoever asks as often as this is told to wait, and tries nothing.
export XIAOER_LIMITS__REQUESTS_OF_ACCOUNT_IN_60_S=1000000 XIAOER_LIMITS__REQUESTS_OF_ADDRESS_IN_60_S=1000000
export XIAOER_LIMITS__MY_DATA_OF_ADDRESS_IN_60_S=1000000

printf 'correct horse\n' | "$XIAOER" user set tester --role admin > /dev/null
"$XIAOER" serve > "$FOLDER/log" 2>&1 &
SERVER=$!
trap 'kill $SERVER; rm -rf "$FOLDER"' EXIT
until curl --silent --fail "http://127.0.0.1:$PORT/healthz" > /dev/null; do sleep 0.2; done

COOKIE="$(curl --silent --include --data '{"name":"tester","password":"correct horse"}' --header 'content-type: application/json' \
  "http://127.0.0.1:$PORT/api/staff/sign-in" | sed -n 's/^[Ss]et-[Cc]ookie: \([^;]*\).*/\1/p')"
# Without its security schemes: schemathesis would send credentials of its own in place of the session.
curl --silent "http://127.0.0.1:$PORT/api/openapi.json" | python3 -c '
import json, sys
description = json.load(sys.stdin)
description["components"].pop("securitySchemes")
for operations in description["paths"].values():
    for operation in operations.values():
        operation.pop("security", None)
json.dump(description, sys.stdout)' > "$FOLDER/openapi.json"
RESULT=0
try() {
  "$SCHEMATHESIS" run "$FOLDER/openapi.json" --url "http://127.0.0.1:$PORT" --header "Cookie: $COOKIE" --header 'x-xiaoer-csrf: 1' \
    --checks not_a_server_error --max-examples "$EXAMPLES" --workers 2 --phases examples,coverage,fuzzing --continue-on-failure \
    --suppress-health-check all --request-timeout 60 --generation-database none --no-color "$@" || RESULT=1
}
# What schemathesis remembers of a run goes with the folder.
cd "$FOLDER"
# What ends sessions comes last, for it may end this one.
ENDS='^/api/(staff|admin/(staff|sessions))'
try --exclude-path-regex "$ENDS"
try --include-path-regex "$ENDS" --exclude-path /api/staff/sign-out --exclude-method PUT --exclude-method DELETE
try --include-path-regex "$ENDS" --exclude-method GET --exclude-method POST
grep ERROR "$FOLDER/log" | sort | uniq -c | sort -rn | head -20 || true
exit $RESULT
