"""The exit guard in the real processes. This program stands in for strategy: it asks risk for entries, and in lock-step it
tells feed to go on when risk has finished a step.

time      36 hours to the tick, and two midnights of Europe/Berlin with the end of daylight saving between them
crash     ten longs through a falling market: every stop is acted on with the first ticker that has reached it
alone     strategy is dead and the kill file lies there: nothing is opened, and every open position is still left

usage: guard_in_time.py time|crash|alone [CANDLES.csv.gz FIRST_ROW]
"""
import gzip

from harness import *

MINUTE = 60_000_000
HOUR = 60 * MINUTE
RISK = ("max_daily_trades: 1000, max_drawdown_warning_pct: 100, max_drawdown_stop_pct: 100, max_daily_loss_pct: 100, "
        "max_entries_per_minute: 0, max_entries_per_hour: 0, max_price_age_millis: 3600000, max_evidence_age_seconds: 86400, "
        "max_var_pct: 0, max_cvar_pct: 0, max_correlated_exposure_pct: 100, min_reward_to_risk: 0, silence_seconds: 0")


def write_candles(path, rows):
    with gzip.open(path, "wt") as file:
        file.write("ts_ms,open,high,low,close,volume\n")
        for row in rows:
            file.write(",".join(str(x) for x in row) + "\n")


def config(symbols, folder, extra):
    files = ", ".join(f"{s}: {folder}/{s.replace('/', '')}.csv.gz" for s in symbols)
    return (f"symbols: [{', '.join(symbols)}]\nfeed: {{source: recording, speed: 0, files: {{{files}}}}}\n"
            f"execution: {{partial_fills: false, slippage_pct: 0, starting_balance: 100000000}}\nrisk: {{{RISK}, {extra}}}\n")


class Played:
    """Feed, execution and risk in lock-step, with every ticker that feed has told."""

    def __init__(self, services, symbols):
        self.services, self.symbols = services, symbols
        self.feed = services.subscriber("feed", topics=("ticker.", "clock", "health.feed"))
        self.risk = services.subscriber("risk", topics=("barrier", "health.risk"))
        self.tickers, self.last, self.is_finished = {s: [] for s in symbols}, {}, False
        self.done = 0
        services.start("risk")
        services.start("execution")
        wait_for(self.risk, lambda t, m: t == "health.risk", 60, "risk's first word")
        services.start("feed")
        # Whoever has heard a service once misses nothing of it any more; the first step is empty and may be missed.
        wait_for(self.feed, lambda t, m: t == "health.feed", 60, "feed's first word")

    def step(self):
        """Waits until risk has finished a step, and lets feed begin the next."""
        _, barrier = wait_for(
            self.risk, lambda t, m: t == "barrier" and m["body"]["step"] > self.done, 60, f"the end of step {self.done + 1}")
        # Feed told the step before risk has finished it, but on another socket: its clock is the last of it.
        clock = 1
        while clock < barrier["body"]["step"]:
            topic, envelope = wait_for(self.feed, lambda t, m: True, 60, f"feed's clock of step {barrier['body']['step']}")
            if topic.startswith("ticker."):
                self.last[envelope["body"]["symbol"]] = envelope
                self.tickers[envelope["body"]["symbol"]].append(envelope["body"])
            elif topic == "clock":
                clock, self.is_finished = envelope["body"]["step"], envelope["body"]["isFinished"]
        return barrier["body"]

    def go_on(self, barrier):
        self.done = barrier["step"]
        reply = self.services.request("feed", "barrier", barrier, timeout=30.0)
        if reply["kind"] != "acknowledgement":
            fail(f"feed answered the end of step {barrier['step']} with {reply}")

    def open(self, ask):
        """Plays until every symbol has a price; asks for the entries while feed waits; then plays to the end."""
        barrier = self.step()
        while len(self.last) < len(self.symbols):
            self.go_on(barrier)
            barrier = self.step()
        for symbol in self.symbols:
            ask(symbol, self.last[symbol])
        self.go_on({"step": barrier["step"], "isAttentive": True})
        while not self.is_finished:
            barrier = self.step()
            if not self.is_finished:
                self.go_on(barrier)
        codes = self.services.stop_all()
        if any(codes.values()):
            self.services.logs()
            fail(f"not every service stopped orderly: {codes}")


class Prices:
    """The latest price of each symbol."""

    def __init__(self, tap):
        self.tap, self.last = tap, {}

    def of(self, symbol):
        deadline = time.monotonic() + 60
        while (message := receive(self.tap, time.monotonic() + 0.001)) or symbol not in self.last:
            if message:
                self.last[message[1]["body"]["symbol"]] = message[1]
            elif time.monotonic() > deadline:
                fail(f"{symbol} had no price within 60 s")
        return self.last[symbol]


def ask_for_long(services, envelope, stop, target, number=0):
    """Asks for a long until there is an answer; returns the verdict."""
    ticker = envelope["body"]
    body = {"id": f"guard-{ticker['symbol']}-{number}", "decisionId": "d", "strategy": "by-hand", "symbol": ticker["symbol"],
            "action": "enterLong", "confidence": 0.55, "price": ticker["last"], "stopLoss": stop, "takeProfit": target,
            "leverage": 1, "invalidation": "", "timeframe": "5m", "regime": "unknown", "decidedAt": ticker["eventTime"],
            "evidence": [{"topic": f"candle.{ticker['symbol']}.5m", "session": envelope["session"], "seq": 1,
                          "eventTime": ticker["eventTime"], "ageMicros": 0, "gaps": 0}]}
    deadline = time.monotonic() + 60
    while True:
        try:
            reply = services.request("risk", "proposal", body, timeout=5.0, id=f"r-{body['id']}")
            break
        except zmq.Again:
            if time.monotonic() > deadline:
                fail(f"the proposal for {ticker['symbol']} was not answered within 60 s")
    if reply["kind"] != "verdict":
        fail(f"the proposal for {ticker['symbol']} was answered with {reply}")
    return reply["body"]


def propose(services, envelope, stop, target):
    """Asks for a long and demands that it is approved."""
    verdict = ask_for_long(services, envelope, stop, target)
    if not verdict["isApproved"]:
        fail(f"the proposal for {envelope['body']['symbol']} was denied: {verdict['denial']}")


def exits_of(services):
    rows = services.database("execution").execute(
        "SELECT o.*, f.event_time AS filled_at, f.price AS fill_price FROM orders o JOIN fills f ON f.order_id = o.id "
        "ORDER BY o.id").fetchall()
    return ({r["symbol"]: r for r in rows if r["purpose"] == "entry"}, [r for r in rows if r["purpose"] == "exit"])


# 36 hours and two midnights.

def time_passes():
    if not Path("/usr/share/zoneinfo/Europe/Berlin").exists():
        print("skipped: this system has no time zones")
        return
    begin = 1_761_393_600_000  # 2025-10-25 12:00 UTC, the day before Berlin's clocks go back.
    price = lambda minute: Decimal(1000) + Decimal(minute) / 100
    with tempfile.TemporaryDirectory(prefix="guard-", dir="/tmp") as folder:
        # Candles of a quarter of an hour: four prices each.
        rows = [(begin + m * 60_000, price(m), price(m), price(m), price(m), 10) for m in range(0, 38 * 60, 15)]
        write_candles(f"{folder}/BTCUSDT.csv.gz", rows)
        services = Services(config(["BTC/USDT"], folder, "time_zone: Europe/Berlin"), "time")
        try:
            played = Played(services, ["BTC/USDT"])
            played.open(lambda symbol, seen: propose(services, seen, "500", "5000"))
            tickers = played.tickers
            entries, exits = exits_of(services)
            entry = entries["BTC/USDT"]
            if [e["exit_reason"] for e in exits] != ["ttl"]:
                fail(f"the exits are {[dict(e) for e in exits]}, expected one by time to live")
            due = entry["filled_at"] + 36 * HOUR
            first = min(t["eventTime"] for t in tickers["BTC/USDT"] if t["eventTime"] >= due)
            late = exits[0]["decided_at"] - due
            if not 0 <= late <= first - due:
                fail(f"left {late} µs after the 36 hours, the first ticker came after {first - due}")
            quantity, paid = Decimal(entry["filled_quantity"]), Decimal(entry["fill_price"])
            fee = Decimal(services.database("execution").execute("SELECT fee FROM fills ORDER BY id LIMIT 1").fetchone()["fee"])
            days = services.database("risk").execute("SELECT * FROM days ORDER BY day").fetchall()
            day = begin // 86_400_000
            if [d["day"] for d in days] != [day, day + 1, day + 2]:
                fail(f"the days are {[d['day'] for d in days]}, expected {day} and the two after it")
            # 22:00 UTC while summer time holds, 23:00 after it: the last price before each.
            for row, midnight in zip(days[1:], (10 * 60, 35 * 60)):
                expected = Decimal(100000000) - fee + quantity * (price(midnight - 15) - paid)
                if Decimal(row["start_equity"]) != expected:
                    fail(f"day {row['day']} began with {row['start_equity']}, expected {expected}")
            if [d["trades"] for d in days] != [1, 0, 0]:
                fail(f"entries by day: {[d['trades'] for d in days]}")
            print(f"PASSED: left {late / 1e6:.3f} s after 36 hours, with the first ticker; three days of Berlin over the end of "
                  f"daylight saving; {len(tickers['BTC/USDT'])} tickers")
        finally:
            services.cleanup()


# A falling market.

def crash_rows(source, first, count, shift):
    """A recorded crash; every symbol plays it a minute later than the one before."""
    rows = []
    with gzip.open(source, "rt") as file:
        for index, line in enumerate(file):
            if index == 0 or index < first - shift:
                continue
            if len(rows) == count:
                break
            rows.append(line.strip().split(",")[:6])
    return [[str(1_632_000_000_000 + i * 60_000)] + row[1:] for i, row in enumerate(rows)]


def market_falls(source, first):
    symbols = [f"{name}/USDT" for name in ("BTC", "ETH", "SOL", "XRP", "DOGE", "ADA", "LTC", "DOT", "AVAX", "LINK")]
    with tempfile.TemporaryDirectory(prefix="guard-", dir="/tmp") as folder:
        for number, symbol in enumerate(symbols):
            write_candles(f"{folder}/{symbol.replace('/', '')}.csv.gz", crash_rows(source, first, 90, number))
        services = Services(config(symbols, folder, "time_zone: UTC"), "crash")
        try:
            stops = {}

            def ask(symbol, seen):
                last = Decimal(seen["body"]["last"])
                stops[symbol] = (last * (1 - Decimal(8 + 3 * len(stops)) / 1000)).quantize(Decimal("0.01"))
                propose(services, seen, str(stops[symbol]), str((last * 2).quantize(Decimal("0.01"))))

            played = Played(services, symbols)
            played.open(ask)
            tickers = played.tickers
            entries, exits = exits_of(services)
            if len(entries) != 10:
                fail(f"{len(entries)} of 10 positions were opened")
            left = {e["symbol"]: e for e in exits}
            if len(left) != len(exits):
                fail("a position was left twice")
            expected = {}
            for symbol in symbols:
                after = [t for t in tickers[symbol] if t["eventTime"] >= entries[symbol]["filled_at"]]
                hit = next((t for t in after if Decimal(t["last"]) <= stops[symbol]), None)
                if hit:
                    expected[symbol] = hit
            if len(expected) < 8:
                fail(f"only {len(expected)} stops were reached: the recording does not fall far enough to prove anything")
            for symbol, hit in expected.items():
                order = left.get(symbol)
                if order is None or order["exit_reason"] != "stop_loss":
                    fail(f"{symbol} reached its stop {stops[symbol]} at {hit['eventTime']} and has {dict(order) if order else 'no exit'}")
                if order["decided_at"] != hit["eventTime"] or Decimal(order["reference_price"]) != Decimal(hit["last"]):
                    fail(f"{symbol} was left at {order['decided_at']} by {order['reference_price']}, its stop was reached at "
                         f"{hit['eventTime']} by {hit['last']}")
            moments = [e["decided_at"] for e in exits]
            if moments != sorted(moments):
                fail(f"the exits are not in the order of the events: {moments}")
            print(f"PASSED: {len(expected)} of 10 stops were reached, each acted on with the very ticker that reached it, in order")
        finally:
            services.cleanup()


# Nobody else is there.

def guard_alone():
    symbols = ["BTC/USDT", "ETH/USDT", "SOL/USDT"]
    services = Services(
        f"symbols: [{', '.join(symbols)}]\nfeed: {{source: simulated, seed: 11, speed: 600}}\nrisk: {{{RISK}}}\n", "alone")
    try:
        tap = services.subscriber("feed", topics=("ticker.",))
        plans = services.subscriber("risk", topics=("plan.", "state"))
        for service in ("feed", "execution", "risk"):
            services.start(service)
        prices = Prices(tap)
        for symbol in symbols:
            # The market moves on while it is asked: a level may be passed by then, and is chosen anew.
            number, deadline = 0, time.monotonic() + 120
            while True:
                seen = prices.of(symbol)
                last = Decimal(seen["body"]["last"])
                level = lambda share: str((last * (1 + Decimal(share))).quantize(Decimal("0.01")))
                verdict = ask_for_long(services, seen, level("-0.004"), level("0.004"), number)
                number += 1
                if verdict["isApproved"]:
                    break
                if time.monotonic() > deadline:
                    fail(f"no entry in {symbol} was approved within 120 s, at last {verdict['denial']}")
        (services.dir / "bus" / "KILL").write_text("")
        spent, halted, deadline = set(), False, time.monotonic() + 120
        while len(spent) < len(symbols) or not halted:
            message = receive(plans, deadline)
            if message is None:
                services.logs()
                fail(f"within 120 s only {sorted(spent)} were left, halted: {halted}")
            topic, envelope = message
            if topic == "state":
                halted = halted or envelope["body"]["state"] == "halted"
            elif envelope["body"]["status"] == "spent":
                spent.add(envelope["body"]["symbol"])
        reply = services.request("risk", "proposal", {
            "id": "guard-late", "decisionId": "d", "strategy": "by-hand", "symbol": symbols[0], "action": "enterLong",
            "confidence": 0.9, "price": "1", "stopLoss": "1", "leverage": 1, "invalidation": "", "timeframe": "5m",
            "regime": "unknown", "decidedAt": 1, "evidence": []}, timeout=30.0)
        if reply["body"]["isApproved"] or reply["body"]["denial"]["reason"] != "TRADING_HALTED":
            fail(f"under the kill file a proposal was answered with {reply}")
        entries, exits = exits_of(services)
        reasons = {e["symbol"]: e["exit_reason"] for e in exits}
        if set(reasons) != set(symbols) or not set(reasons.values()) <= {"stop_loss", "take_profit"}:
            fail(f"the exits are {reasons}")
        codes = services.stop_all()
        if any(code for service, code in codes.items()):
            fail(f"not every service stopped orderly: {codes}")
        print(f"PASSED: without strategy and under the kill file every position was left: {reasons}")
    finally:
        services.cleanup()


if __name__ == "__main__":
    if sys.argv[1] == "time":
        time_passes()
    elif sys.argv[1] == "crash":
        market_falls(sys.argv[2], int(sys.argv[3]))
    else:
        guard_alone()
