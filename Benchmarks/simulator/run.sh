#!/bin/bash
# What the exchange in a box can carry: market events with and without listeners, memory with 200 symbols, orders.
#
# Needs a release build (make release) and python3. Usage: run.sh [SYMBOLS]   (default 200)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export QUARTET_BIN_DIR=${QUARTET_BIN_DIR:-$here/../../.build/release}
exec python3 "$here/simulator.py" "${1:-200}"
