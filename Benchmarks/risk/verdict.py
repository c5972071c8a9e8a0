"""What a verdict over the bus takes while tickers arrive, beside what it takes while hardly any do.

Feed, execution and risk run as they are; this program asks risk for entries that pass every check but the last, so that each
verdict is worked out whole, committed and answered, and nothing is opened. Idle and busy take turns in one run.

usage: verdict.py DIRECTORY_OF_THE_PROGRAMS [ROUNDS] [REQUESTS]
"""
import os
import sys
import time
from decimal import Decimal
from pathlib import Path

os.environ["QUARTET_BIN_DIR"] = sys.argv[1]
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 3
REQUESTS = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Tests" / "SystemTests"))
from harness import Services, fail, receive, struct, unframe, wait_for, zmq  # noqa: E402
import json  # noqa: E402

SYMBOLS = "BTC/USDT, ETH/USDT, SOL/USDT, XRP/USDT, DOGE/USDT"


def measure(speed, interval):
    """Microseconds of each round trip, sorted, and the tickers a second that risk was told meanwhile."""
    services = Services(
        f"symbols: [{SYMBOLS}]\nfeed: {{source: simulated, seed: 3, speed: {speed}, ticker_interval_millis: {interval}}}\n"
        "risk: {max_var_pct: 0.0001, max_price_age_millis: 3600000, max_evidence_age_seconds: 86400}\n", "verdict")
    try:
        tap = services.subscriber("feed", topics=("ticker.BTC/USDT",))
        for service in ("feed", "execution", "risk"):
            services.start(service)
        _, seen = wait_for(tap, lambda t, m: True, 60, "a price")
        socket = services.context.socket(zmq.REQ)
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.RCVTIMEO, 60_000)
        socket.connect(f"ipc://{services.dir}/bus/risk.rep")
        times, denials, sequence, begun = [], {}, seen["seq"], time.monotonic()
        for number in range(REQUESTS + 50):
            while message := receive(tap, time.monotonic() + 0.0005):
                seen = message[1]
                if number == 0:
                    break
            body = seen["body"]
            last = Decimal(body["last"])
            proposal = {
                "id": f"v-{number}", "decisionId": "d", "strategy": "bench", "symbol": "BTC/USDT", "action": "enterLong",
                "confidence": 0.6, "price": body["last"], "stopLoss": str(last * Decimal("0.8")),
                "takeProfit": str(last * Decimal("1.5")), "leverage": 1, "invalidation": "", "timeframe": "5m",
                "regime": "unknown", "decidedAt": body["eventTime"],
                "evidence": [{"topic": "candle.BTC/USDT.5m", "session": seen["session"], "seq": 1,
                              "eventTime": body["eventTime"], "ageMicros": 0, "gaps": 0}]}
            now = int(time.time() * 1e6)
            text = json.dumps({"v": 1, "kind": "proposal", "source": "strategy", "session": "bench", "seq": 0, "at": now,
                               "id": f"r-{number}", "expiresAt": now + 60_000_000, "body": proposal}).encode()
            began = time.perf_counter_ns()
            socket.send(struct.pack(">I", len(text)) + text)
            reply = unframe(socket.recv())
            took = (time.perf_counter_ns() - began) / 1000
            reason = (reply["body"].get("denial") or {}).get("reason", "approved")
            denials[reason] = denials.get(reason, 0) + 1
            if number >= 50:
                times.append(took)
        rate = 5 * (seen["seq"] - sequence) / (time.monotonic() - begun)
        socket.close()
        if denials.get("VALUE_AT_RISK_LIMIT", 0) < 0.9 * (REQUESTS + 50):
            fail(f"the verdicts were {denials}: not the whole gate was asked")
        services.stop_all()
        return sorted(times), rate
    finally:
        services.cleanup()


def main():
    print(f"{'':24} {'p50 µs':>9} {'p99 µs':>9} {'tickers/s':>10}")
    ratios = []
    for _ in range(ROUNDS):
        p99 = {}
        for name, speed, interval in (("idle", 1, 2000), ("20,000 tickers a second", 60, 15)):
            times, rate = measure(speed, interval)
            p99[name] = times[int(len(times) * 0.99)]
            print(f"{name:24} {times[len(times) // 2]:9.0f} {p99[name]:9.0f} {rate:10.0f}", flush=True)
        ratios.append(p99["20,000 tickers a second"] / p99["idle"])
    ratios.sort()
    print(f"p99 busy over idle, by round: {', '.join(f'{r:.2f}' for r in ratios)}; bar: 2 at the median")
    sys.exit(0 if ratios[len(ratios) // 2] <= 2 else 1)


main()
