#!/bin/sh
# Risk's core against the naive second model of its rules (Tests/RiskCoreTests/Model), over random histories of about 19,000
# events each. Prints what was said how often; exits 1 with the seed of the first disagreement.
#
# Usage: model.sh [EVENTS [FIRST_SEED]]   (default 200,000 events from seed 1; a million take about three seconds)
#        model.sh sequences COUNT [FIRST_SEED]   (short histories instead, each with limits and a start of its own)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
swift build --package-path "$here" -c release -q --product quartet-risk-model 1>&2
exec "$(swift build --package-path "$here" -c release --show-bin-path)/quartet-risk-model" "${@:-200000}"
