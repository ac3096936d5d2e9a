#!/bin/sh
# Watches a departure over the plain WebSocket, with wscat: sh watch.sh [server] [route] [last event seen]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
server=${1:-http://localhost:3000}
route=${2:-$(curl -sf "$server/routes/upcoming?days=14&limit=1" | grep -o '"id":"[^"]*"' | head -n 1 | cut -d '"' -f 4)}
since=${3:+,\"since\":$3}
exec "$here/../node_modules/.bin/wscat" --no-color --wait -1 --connect "ws${server#http}/seats" \
  --execute "{\"event\":\"subscribe_route\",\"data\":{\"routeId\":\"$route\"$since}}"
