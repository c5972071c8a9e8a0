#!/bin/bash
# Memory of feed that holds 200 symbols × 7 timeframes × 1,000 candles: 150 MB are allowed.
#
# The candles are put into its database, as a look-back would have left them, so that no exchange is needed.
# Needs a release build (make release) and python3. Usage: run.sh [SYMBOLS] [CANDLES]   (default 200 1000)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export QUARTET_BIN_DIR=${QUARTET_BIN_DIR:-$here/../../.build/release}
exec python3 "$here/memory.py" "${1:-200}" "${2:-1000}"
