#!/usr/bin/env bash
# Execution's recovery with a long journal: from the start of the process to healthy, beside what SQLite alone takes to check
# the same file in the same run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
root=$(cd ../.. && pwd)
export QUARTET_BIN_DIR=${QUARTET_BIN_DIR:-$root/.build/release}
python=${QUARTET_PYTHON:-python3}
"$python" -c 'import zmq' 2>/dev/null || { echo "skipped: $python has no pyzmq (pip install pyzmq)"; exit 0; }
"$python" recovery.py "${1:-100000}"
