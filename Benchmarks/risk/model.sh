#!/bin/sh
# Risk's core against the naive second model of its rules (Tests/RiskCoreTests/Model), over random histories of about 19,000
# events each. Prints what was said how often; exits 1 with the seed of the first disagreement.
#
# Usage: model.sh [EVENTS [FIRST_SEED]]   (default 200,000 events from seed 1; a million take about three seconds)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
swift build --package-path "$here" -c release -q --product quartet-risk-model 1>&2
exec "$(swift build --package-path "$here" -c release --show-bin-path)/quartet-risk-model" "${1:-200000}" "${2:-1}"
