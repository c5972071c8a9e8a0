#!/bin/bash
# The answer parser against two peers on the same texts in the same run, and the prompt of ten symbols.
#
# The comparable peer reads broken JSON too: json-repair, then pydantic. The strict one reads only valid JSON, in a fence or bare: the
# C scanner of json, then pydantic; it is shown for what tolerance costs. Prints one table; exits 1 if the bar is missed: a typical
# answer >= 10 x faster than the comparable peer.
#
# Needs the Swift toolchain and python3 with pydantic 2 and json-repair; what is missing goes into a venv. Where ../shared/data/llm
# is beside the project its recorded trading answers are measured too, as one line.
# Usage: run.sh [RUNS]   (default 5; the two sides take turns, the best round of each counts)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
runs=${1:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python=python3
if ! python3 -c 'import pydantic, json_repair' 2>/dev/null; then
    python3 -m venv "$work/venv" && "$work/venv/bin/pip" install --quiet pydantic json-repair
    python="$work/venv/bin/python3"
fi

swift build --package-path "$here" -c release -q 1>&2
bench="$(swift build --package-path "$here" -c release --show-bin-path)/quartet-bench-agent"

"$python" - "$here/../../../shared/data/llm/llm_outputs.jsonl" >"$work/answers.jsonl" <<'PY'
import json, os, sys
reason = ("BTC holds above EMA(26) on 15m and 1h, RSI(14) recovers from 41 to 58, MACD histogram turns positive, and the book "
          "shows 8% more bids than asks; the stop lies below the last swing low.")
plan = {"action": "OPEN_LONG", "symbol": "BTC/USDT", "leverage": 5, "position_size_percent": 10, "stop_loss_percent": -2.0,
        "take_profit_percent": 6.0, "reasoning": reason, "confidence": 0.78}
text = json.dumps(plan, indent=2)
def out(name, text): print(json.dumps({"name": name, "raw_text": text}, ensure_ascii=False))
out("plain", text)
out("fenced", "Here is my decision:\n\n```json\n" + text + "\n```\n")
out("comma", "Here is my decision:\n\n```json\n" + text.rstrip("}").rstrip() + ",\n}\n```\n")
out("list", json.dumps([plan, dict(plan, action="HOLD", symbol="ETH/USDT"), dict(plan, action="CLOSE", symbol="SOL/USDT")]))
if os.path.exists(sys.argv[1]):
    for line in open(sys.argv[1], encoding="utf-8"):
        sample = json.loads(line)
        if sample["kind"].startswith("decision"):
            out("recorded." + sample["id"], sample["raw_text"])
PY

for _ in $(seq "$runs"); do
    "$bench" "$work/answers.jsonl" 3 >"$work/ours"
    grep -v '^#' "$work/ours" | sed 's/^/ours\t/' >>"$work/results"
    for peer in strict tolerant; do
        "$python" "$here/peer.py" "$work/answers.jsonl" 3 "$peer" | sed "s/^/$peer\t/" >>"$work/results"
    done
done

echo "us per answer, best of $runs x 3 rounds, processor time; pydantic $("$python" -c 'import pydantic; print(pydantic.VERSION)')"
awk -F '\t' '
    { key = $1 SUBSEP $2; if (!(key in best) || $3 < best[key]) best[key] = $3; name[$2] = 1 }
    function row(what, ours, strict, tolerant, bar) {
        verdict = bar == 0 ? "" : tolerant / ours >= bar ? ">= " bar " ok" : ">= " bar " MISSED"
        if (verdict ~ /MISSED/) missed = 1
        printf "%-40s %8.2f %10.2f %7.1f x %10.2f %7.1f x  %s\n", what, ours / 1000, strict / 1000, strict / ours, \
            tolerant / 1000, tolerant / ours, verdict
    }
    function line(what, n, bar) { row(what, best["ours", n], best["strict", n], best["tolerant", n], bar) }
    END {
        printf "%-40s %8s %10s %9s %10s %9s\n", "", "ours", "strict", "faster", "comparable", "faster"
        line("a typical answer, bare", "plain", 0)
        line("a typical answer, fenced, with prose", "fenced", 10)
        line("the same with a trailing comma", "comma", 10)
        line("a list of three decisions", "list", 0)
        for (n in name) if (n ~ /^recorded/) {
            count++; ours += best["ours", n]; strict += best["strict", n]; tolerant += best["tolerant", n]
        }
        if (count) row("recorded trading answers, mean of " count, ours / count, strict / count, tolerant / count, 10)
        printf "%-40s %8.2f ms\n", "prompt of ten symbols", best["ours", "prompt.10"] / 1e6
        exit missed
    }' "$work/results" || missed=1
grep '^#' "$work/ours" | cut -f 2
exit "${missed:-0}"
