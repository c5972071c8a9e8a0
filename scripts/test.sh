#!/usr/bin/env bash
# Runs all tests against what `swift build --build-tests` has just built. `make test` calls it.
#
# Tests with real processes find the programs in QUARTET_BIN_DIR, and a Python with pyzmq and jsonschema in
# QUARTET_PYTHON. Words given here go to `swift test`, for example --filter Wire.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

QUARTET_BIN_DIR=${QUARTET_BIN_DIR:-$(swift build --show-bin-path)}
QUARTET_PYTHON=${QUARTET_PYTHON:-$(cat .build/test-python 2>/dev/null || command -v python3)}
export QUARTET_BIN_DIR QUARTET_PYTHON

# The programs' own settings must not leak into the tests from the shell that started them.
while IFS= read -r name; do
    case $name in QUARTET_BIN_DIR | QUARTET_PYTHON | QUARTET_TEST_* | QUARTET_BENCH_*) ;; *) unset "$name" ;; esac
done < <(compgen -e QUARTET_ || true)

status=0
swift test --skip-build "$@" || status=$?

for directory in deploy Tests/Python; do
    if compgen -G "$directory/test_*.py" >/dev/null; then
        "$QUARTET_PYTHON" -m unittest discover -s "$directory" -p 'test_*.py' || status=$?
    fi
done
exit "$status"
