"""Which server is talked to and which departure is watched: from the command line, or the next one of all."""

import json
import sys
import urllib.request


def server_and_route():
    server = sys.argv[1] if len(sys.argv) > 1 else "http://localhost:3000"
    if len(sys.argv) > 2:
        return server, sys.argv[2]
    with urllib.request.urlopen(f"{server}/routes/upcoming?days=14&limit=1", timeout=30) as answer:
        return server, json.load(answer)[0]["id"]
