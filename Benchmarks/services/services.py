"""Measures the four real services from outside: cold start, memory over an hour of market time, candle to order, a recording.

usage: services.py start | memory | chain | recording CANDLES.csv.gz
QUARTET_BIN_DIR names the release binaries.
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Tests" / "SystemTests"))
from harness import *  # noqa: E402


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def cold_start(runs=7):
    """From the first fork to the last of four healthy, with empty directories."""
    times = []
    for _ in range(runs):
        services = Services("feed: {source: simulated, seed: 3}\n", "start")
        try:
            facts = services.subscriber(*SERVICES, topics=("health.",))
            begun = time.monotonic()
            services.start_all()
            left = set(SERVICES)
            while left:
                message = receive(facts, begun + 30) or fail(f"{left} were not healthy within 30 s")
                if message[1]["body"]["condition"] == "healthy":
                    left.discard(message[1]["source"])
            times.append(time.monotonic() - begun)
            services.stop_all()
        finally:
            services.cleanup()
    print(f"cold start of four services to healthy: median {percentile(times, 0.5) * 1000:.0f} ms, worst {max(times) * 1000:.0f} ms of {runs}")
    for name in [f"quartet-{s}" for s in SERVICES] + ["quartet"]:
        print(f"  {name:20} {(BIN / name).stat().st_size / 1e6:6.1f} MB")


def resident(services):
    total = {}
    for service, child in services.children.items():
        for line in Path(f"/proc/{child.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                total[service] = int(line.split()[1]) / 1024
    return total


def memory(minutes=60, speed=60):
    """Ten symbols, ten tickers a second each, an hour of market time."""
    symbols = "BTC/USDT, ETH/USDT, SOL/USDT, XRP/USDT, DOGE/USDT, BNB/USDT, ADA/USDT, LINK/USDT, LTC/USDT, AVAX/USDT"
    services = Services(
        f"symbols: [{symbols}]\nfeed: {{source: simulated, seed: 5, speed: {speed}, ticker_interval_millis: 100}}\n", "memory")
    try:
        facts = services.subscriber("feed", topics=("clock",))
        services.start_all()
        first, samples, tickers = None, [], 0
        while True:
            _, m = receive(facts, time.monotonic() + 30) or fail("feed fell silent")
            now = m["body"]["marketTime"] / 1e6
            first = first or now
            if not samples or now - first >= len(samples) * minutes * 60 / 12:
                use = resident(services)
                samples.append(sum(use.values()))
                print(f"  after {(now - first) / 60:5.1f} market minutes: {sum(use.values()):6.1f} MB  " + "  ".join(f"{k} {v:.1f}" for k, v in use.items()), flush=True)
            if now - first >= minutes * 60:
                break
        health = services.request("feed", "statusRequest")["body"]["readings"]
        print("  " + ", ".join(f"{r['name']}={r['value']:.0f}" for r in health if "publish" in r["name"]))
        half = len(samples) // 2
        print(f"memory of four services: {samples[-1]:.1f} MB (bar 120); second half {samples[half]:.1f} → {samples[-1]:.1f} MB")
        services.stop_all()
    finally:
        services.cleanup()


def chain(seconds=15, gap_millis=2.0):
    """Candle in to order at execution, and to order acknowledged, through all four.

    A candle comes every two milliseconds and each is proposed on. The times are the senders' own: `at` of feed's candle, of
    execution's first word about the order, and of risk's verdict, which it gives once execution has acknowledged the order.
    """
    speed = 60_000 / float(gap_millis)
    services = Services(
        "symbols: [BTC/USDT]\n"
        f"feed: {{source: simulated, seed: 9, speed: {speed:.0f}, ticker_interval_millis: 30000}}\n"
        "strategy: {active: [probe], decision_minutes: 1}\n"
        "logging: {console_level: error, file_level: warning}\n"
        "risk: {max_daily_trades: 100000, max_daily_loss_pct: 100, max_drawdown_warning_pct: 99, max_drawdown_stop_pct: 100, max_price_age_millis: 600000}\n",
        "chain")
    try:
        facts = services.subscriber("feed", "risk", "execution", topics=("candle.BTC/USDT.1m", "verdict.", "order."))
        services.start_all()
        wait_for(facts, lambda t, m: m["kind"] == "verdict" and m["body"]["isApproved"], 30, "the first approval")
        candles, orders, verdicts = {}, {}, {}
        end = time.monotonic() + float(seconds)
        while (message := receive(facts, end)) is not None:
            topic, m = message
            body = m["body"]
            if m["kind"] == "candle":
                candles[body["openTime"] + 60_000_000] = m["at"]
            elif m["kind"] == "verdict" and body["isApproved"]:
                verdicts[body["clientOrderId"]] = (body["decidedAt"], m["at"])
            elif m["kind"] == "order":
                orders.setdefault(body["request"]["clientOrderId"], m["at"])
        to_ack = [at - candles[when] for when, at in verdicts.values() if when in candles]
        to_order = [orders[id] - candles[when] for id, (when, _) in verdicts.items() if when in candles and id in orders]
        print(f"chain, {len(to_ack)} candles {gap_millis} ms apart: candle to order told of p50 {percentile(to_order, 0.5)} us p99 {percentile(to_order, 0.99)} us;"
              f" candle to acknowledged p50 {percentile(to_ack, 0.5)} us p99 {percentile(to_ack, 0.99)} us")
        services.stop_all()
    finally:
        services.cleanup()


def recording(path, rows=None):
    """A recorded quarter through the four real processes, as fast as they go."""
    services = Services(
        f"symbols: [BTC/USDT]\nfeed: {{source: recording, speed: 0, files: {{BTC/USDT: {Path(path).resolve()}}}}}\n", "recording")
    try:
        facts = services.subscriber("feed", topics=("clock",))
        begun = time.monotonic()
        services.start_all()
        wait_for(facts, lambda t, m: m["body"]["isFinished"], 3000, "the end of the recording")
        seconds = time.monotonic() - begun
        print(services.quartet("report").stdout)
        print(f"recording: {seconds:.1f} s")
        services.stop_all()
    finally:
        services.cleanup()


if __name__ == "__main__":
    {"start": cold_start, "memory": memory, "chain": chain, "recording": recording}[sys.argv[1]](*sys.argv[2:])
