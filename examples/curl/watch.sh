#!/bin/sh
# Watches a departure with nothing but curl, as Server-Sent Events: sh watch.sh [server] [route] [last event seen]
set -eu
server=${1:-http://localhost:3000}
route=${2:-$(curl -sf "$server/routes/upcoming?days=14&limit=1" | grep -o '"id":"[^"]*"' | head -n 1 | cut -d '"' -f 4)}
# With the number of the last event that was seen, what came after it is told first.
exec curl -sfN ${3:+-H "Last-Event-ID: $3"} "$server/routes/$route/events"
