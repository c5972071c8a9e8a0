#!/usr/bin/env bash
# Runs all tests against what `swift build --build-tests` has just built. `make test` calls it.
#
# Tests with real processes find the programs in QUARTET_BIN_DIR, and a Python with pyzmq and jsonschema in
# QUARTET_PYTHON. Words given here go to `swift test`, for example --filter Wire.
# What failed is told once more at the very end, where it is seen without scrolling through thousands of lines.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

QUARTET_BIN_DIR=${QUARTET_BIN_DIR:-$(swift build --show-bin-path)}
QUARTET_PYTHON=${QUARTET_PYTHON:-$(cat .build/test-python 2>/dev/null || command -v python3)}
export QUARTET_BIN_DIR QUARTET_PYTHON

# The programs' own settings must not leak into the tests from the shell that started them.
while IFS= read -r name; do
    case $name in QUARTET_BIN_DIR | QUARTET_PYTHON | QUARTET_TEST_* | QUARTET_BENCH_*) ;; *) unset "$name" ;; esac
done < <(compgen -e QUARTET_ || true)

output=$(mktemp)
trap 'rm -f "$output"' EXIT

# Tests with sockets, processes and clocks run one after the other, so that nothing is late only because forty others
# compute beside it; the pure ones use every core.
timed='^([A-Za-z]*Service|Bus|HTTPTransport|Messaging|ModelClient|OperatorCLI|ServiceRuntime|Storage|System|WebServer)Tests\.'

status=0
case " $* " in
*" --filter "*) swift test --skip-build --no-parallel "$@" 2>&1 | tee "$output" || status=$? ;;
*)
    swift test --skip-build --skip "$timed" "$@" 2>&1 | tee "$output" || status=$?
    swift test --skip-build --no-parallel --filter "$timed" "$@" 2>&1 | tee -a "$output" || status=$?
    ;;
esac

for directory in deploy Tests/Python; do
    if compgen -G "$directory/test_*.py" >/dev/null; then
        "$QUARTET_PYTHON" -m unittest discover -s "$directory" -p 'test_*.py' 2>&1 | tee -a "$output" || status=$?
    fi
done

if [ "$status" -ne 0 ]; then
    echo
    echo "What failed:"
    grep -aE 'recorded an issue|^(FAIL|ERROR): |error: Exited with|Fatal error' "$output" | cut -c -600 | head -n 20 || true
fi
exit "$status"
