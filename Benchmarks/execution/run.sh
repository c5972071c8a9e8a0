#!/bin/sh
# Execution live at the exchange in a box: an approved order's way to the exchange's wire with the journal on the disk, beside one
# SQLite commit (WAL, FULL) and one HTTP request from C, in turns. Exits 1 if the bar is missed: 1.5 times at the median.
#
# Needs cc, libzmq, libsqlite3, python3 with pyzmq, and .build/release (make release) or QUARTET_BIN_DIR.
# Usage: run.sh [ORDERS]   (default 200)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cc -O2 -Wall -Wextra -o "$work/wire" "$here/wire.c" -lzmq -lsqlite3 -lpthread
export QUARTET_BIN_DIR="${QUARTET_BIN_DIR:-$root/.build/release}"
python="${QUARTET_PYTHON:-$root/.build/venv/bin/python3}"
[ -x "$python" ] || python=python3
"$python" "$here/execution.py" "$work/wire" "${1:-200}"
