#!/bin/sh
# Runs one of the scripts here in a virtual environment, which it makes at its first run:
#   sh watch.sh watch.py [server] [route]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
script=$1
shift
python=${PYTHON:-$here/.venv/bin/python}
if ! [ -x "$python" ]; then
  python3 -m venv "$here/.venv"
  "$python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt"
fi
exec "$python" "$here/$script" "$@"
