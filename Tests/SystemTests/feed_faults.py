"""Feed watches an exchange in a box that misbehaves in every way it can, for a market day at high speed.

The box is quartet-simulator, feed the real program, the faults come from a printed seed. In the end the faults stop, and
then every candle of all seven lengths in feed.sqlite must be the box's own, to the last digit and without a hole. All the
while no ticker may be published whose moment at the exchange is longer ago than the limit while its symbol counts as
fresh, no candle may be published twice with different values or out of order, and the box must not have banned anybody.

Then feed is killed and started again, under the same load, as often as RESTARTS says: a subscriber that does what docs/wire.md says
(subscribe, ask for the snapshot, drop what is not newer) must have the box's own candles of all lengths, and QUARTET_CONVERGENCE_BAR
seconds, where it is set, after the first price of the new process.

usage: feed_faults.py [SEED] [SPEED] [MARKET_MINUTES] [binance|binance_usdm] [RESTARTS]
"""
from harness import *
import urllib.request

SEED = int(sys.argv[1]) if len(sys.argv) > 1 else random.SystemRandom().getrandbits(31)
SPEED = float(sys.argv[2]) if len(sys.argv) > 2 else 240.0
MINUTES = int(sys.argv[3]) if len(sys.argv) > 3 else 1440
VENUE = sys.argv[4] if len(sys.argv) > 4 else "binance"
RESTARTS = int(sys.argv[5]) if len(sys.argv) > 5 else 3
# Some twenty prices of a symbol in a second: more would try the machine, not feed.
TICK = 1_000 if SPEED <= 30 else 5_000 if SPEED <= 150 else 10_000
MARKET = "usdm" if VENUE == "binance_usdm" else "spot"
SYMBOLS = ["BTC/USDT", "ETH/USDT", "SOL/USDT", "XRP/USDT", "DOGE/USDT"]
FRAMES = ["1m", "3m", "5m", "15m", "30m", "1h", "4h"]
# Feed calls a symbol stale after this long without news; what it publishes may be this old, and the way here takes time.
STALE_SECONDS, WAY_SECONDS = 6.0, 5.0


class Box:
    def __init__(self, directory):
        self.ready = directory / "box.json"
        binary = BIN / "quartet-simulator"
        self.child = subprocess.Popen(
            [binary, "--port", "0", "--seed", str(SEED), "--speed", str(SPEED), "--symbols", ",".join(SYMBOLS),
             "--look-back", "1100", "--tick", str(TICK), "--ready-file", str(self.ready)],
            stdout=open(directory / "box.out", "ab"), stderr=subprocess.STDOUT)
        deadline = time.monotonic() + 60
        while not self.ready.exists():
            if self.child.poll() is not None or time.monotonic() > deadline:
                fail("the box did not start")
            time.sleep(0.05)
        self.about = json.loads(self.ready.read_text())

    def ask(self, path, body=None, method=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.about["admin"] + path, data=data, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())

    def market_time(self):
        return self.ask("/state?part=clock")["clock"]["market_milliseconds"] * 1000

    def candles(self, symbol, frame):
        """Open time to values; without the one that forms."""
        rows = self.ask(f"/candles?market={MARKET}&symbol={symbol.replace('/', '')}&interval={frame}")
        rows = rows if isinstance(rows, list) else rows["candles"]
        return {int(r[0]) * 1000: tuple(Decimal(str(v)) for v in r[1:6]) for r in rows[:-1]}


def watch(services, box, facts, until):
    """Listens until market time has come to `until`; returns what was counted."""
    stale, newest, published, counts, health = set(), {}, {}, {"tickers": 0, "candles": 0, "stale": 0, "oldest": 0.0}, {}
    deadline = time.monotonic() + MINUTES * 60 / SPEED * 4 + 120
    anchor = (time.time(), box.market_time())
    checked = time.monotonic()
    while True:
        message = receive(facts, deadline)
        if message is None:
            fail(f"market time did not come to its end (seed {SEED})")
        topic, m = message
        body = m["body"]
        if topic.startswith("ticker."):
            counts["tickers"] += 1
            symbol = body["symbol"]
            # Where the box's clock stood when feed published; the box may have fallen behind its own speed, never ahead.
            market = anchor[1] + (m["at"] / 1e6 - anchor[0]) * SPEED * 1e6
            age = (market - body["eventTime"]) / 1e6 / SPEED
            counts["oldest"] = max(counts["oldest"], age)
            if symbol not in stale and age > STALE_SECONDS + WAY_SECONDS:
                fail(f"a ticker of {symbol} that was {age:.1f} s old was published as fresh (seed {SEED})")
            if body["eventTime"] <= newest.get(symbol, 0):
                fail(f"tickers of {symbol} went back in time (seed {SEED})")
            newest[symbol] = body["eventTime"]
        elif topic.startswith("candle."):
            counts["candles"] += 1
            if body["openTime"] <= published.get(topic, 0):
                fail(f"{topic} went back in time or came twice (seed {SEED})")
            published[topic] = body["openTime"]
        elif topic.startswith("staleness."):
            (stale.add if body["isStale"] else stale.discard)(body["symbol"])
            counts["stale"] += body["isStale"]
        elif topic == "health.feed":
            health = {r["name"]: r["value"] for r in body.get("readings", [])}
        elif topic == "clock" and body["marketTime"] >= until:
            return counts, health
        if time.monotonic() - checked > 1:
            # The box slips behind its speed on a busy machine: measured anew each second.
            checked = time.monotonic()
            anchor = (time.time(), box.market_time())


def compare(services, box):
    """Every stored candle is the box's own, and none of them is missing; what is wrong, in words."""
    database = services.database("feed")
    wrong, compared = [], 0
    for symbol in SYMBOLS:
        for frame in FRAMES:
            rows = database.execute(
                "SELECT open_time, open, high, low, close, volume FROM candles WHERE symbol = ? AND timeframe = ? "
                "ORDER BY open_time", (symbol, frame)).fetchall()
            stored = {r[0]: tuple(Decimal(v) for v in r[1:]) for r in rows}
            own = box.candles(symbol, frame)
            if len(stored) < 1000:
                wrong.append(f"only {len(stored)} {frame} candles of {symbol} are stored")
                continue
            both = [t for t in stored if t in own]
            compared += len(both)
            wrong += [f"{symbol} {frame} {t}: {stored[t]} stored, {own[t]} at the box" for t in both if own[t] != stored[t]]
            wrong += [f"{symbol} {frame} {t} is missing" for t in own if min(stored) <= t <= max(stored) and t not in stored]
    database.close()
    return compared, wrong


def settle(services, box, facts):
    """What the last faults have broken heals: a dead stream is found silent, made anew, and what it missed is asked for."""
    for _ in range(60):
        watch(services, box, facts, box.market_time() + int(2 * SPEED * 1_000_000))
        compared, wrong = compare(services, box)
        if not wrong and compared:
            break
    return compared, wrong


class Clone:
    """A subscriber that follows docs/wire.md: subscribe, ask, drop what is not newer."""

    def __init__(self, services):
        self.services = services
        self.candles = {}

    def ask(self, symbol, frame):
        answer = self.services.request("feed", "candlesRequest", {"symbol": symbol, "timeframe": frame, "limit": 1000}, timeout=30)["body"]
        return {c["openTime"]: tuple(Decimal(c[k]) for k in ("open", "high", "low", "close", "volume")) for c in answer["candles"]}

    def load(self):
        self.candles = {(s, f): self.ask(s, f) for s in SYMBOLS for f in FRAMES}

    def behind(self, box):
        """What the clone lacks or has otherwise, of those candles that were closed when it asked; in words."""
        wrong = []
        for (symbol, frame), rows in self.candles.items():
            own = box.candles(symbol, frame)
            if len(rows) < 990:
                wrong.append(f"{len(rows)} {frame} candles of {symbol}")
                continue
            wrong += [f"{symbol} {frame} {t} differs" for t, values in rows.items() if t in own and own[t] != values]
            wrong += [f"{symbol} {frame} {t} is missing" for t in own if min(rows) <= t <= max(rows) and t not in rows]
        return wrong


def restart(services, box, facts):
    """Kills feed under load and starts it again; seconds from its first price until a subscriber has everything."""
    old = wait_for(facts, lambda t, m: t.startswith("ticker."), 120, "a price before the restart")[1]["session"]
    services.children["feed"].kill()
    services.children["feed"].wait(30)
    services.start("feed")
    wait_for(facts, lambda t, m: t.startswith("ticker.") and m["session"] != old, 120, "the first price after the restart")
    begun = time.monotonic()
    clone = Clone(services)
    deadline = begun + 120
    while True:
        try:
            clone.load()
            took = time.monotonic() - begun
            wrong = clone.behind(box)
            if not wrong:
                return took
        except (zmq.ZMQError, KeyError) as error:
            # It does not serve yet.
            wrong = [f"no answer: {error!r}"]
        if time.monotonic() > deadline:
            fail(f"two minutes after a restart of feed a subscriber lacks {'; '.join(wrong[:5])} (seed {SEED})")


def main():
    print(f"seed {SEED}, {VENUE} at {SPEED:g} times real speed for {MINUTES} market minutes", flush=True)
    services = Services("", "feed_faults")
    box = None
    try:
        box = Box(services.dir)
        services.config.write_text(services.config.read_text() + f"""
symbols: [{", ".join(SYMBOLS)}]
feed: {{source: live, venue: {VENUE}, venue_speed: {SPEED:g}}}
venues: {{{VENUE}: {{rest_url: "{box.about['rest']}", ws_url: "{box.about[MARKET + '_ws']}/ws"}}}}
""")
        services.start("feed")
        facts = services.subscriber("feed", topics=("ticker.", "candle.", "staleness.", "clock", "health.feed"))
        wait_for(facts, lambda t, m: t == "clock" and m["body"]["marketTime"] > 0, 120, "the look-back")
        begin = box.market_time()
        # One of each kind that hurts most, so that a short run has them too.
        box.ask("/faults", [{"kind": k, "on": "stream", "count": 1} for k in ("disconnect", "garbage", "gap", "duplicate", "out_of_order")])
        box.ask("/faults", {"kind": "all", "rate": 0.002, "seed": SEED})
        counts, _ = watch(services, box, facts, begin + MINUTES * 60_000_000)
        struck = box.ask("/faults")
        box.ask("/faults", method="DELETE")
        compared, wrong = settle(services, box, facts)
        _, health = watch(services, box, facts, box.market_time() + int(2 * SPEED * 1_000_000))
        times = [restart(services, box, facts) for _ in range(RESTARTS)]
        settled = compare(services, box) if not RESTARTS else settle(services, box, facts)
        wrong += settled[1]
        codes = services.stop_all()
        counters = box.ask("/state?part=counters")["counters"]
        print("faults that struck:", ", ".join(f"{f['kind']}/{f['on']} {f['fired']}" for f in struck["faults"] if f["fired"]))
        print("the box counted:", json.dumps(counters))
        print("feed counted:", json.dumps({k: v for k, v in health.items() if k.startswith("feed.")}))
        print(f"{counts['tickers']} tickers (oldest {counts['oldest']:.1f} s), {counts['candles']} candles, stale {counts['stale']} times")
        print(f"{compared} stored candles compared: {len(wrong)} differ or are missing")
        print("restarts, seconds from the first price until a subscriber has everything:", " ".join(f"{t:.2f}" for t in times))
        if codes.get("feed") != 0:
            fail(f"feed ended with {codes.get('feed')} (seed {SEED})")
        if counters.get("bans", 0):
            fail(f"the box has banned feed {counters['bans']} times (seed {SEED})")
        if wrong or not compared:
            fail(f"the stored candles are not the box's: {'; '.join(wrong[:5])} (seed {SEED})")
        if health.get(f"feed.{VENUE}.candlesDiffering", 0):
            fail(f"the exchange's own longer candles differ from feed's (seed {SEED})")
        bar = float(os.environ.get("QUARTET_CONVERGENCE_BAR", "inf"))
        if times and max(times) > bar:
            fail(f"a subscriber needed {max(times):.2f} s after a restart, the bar is {bar} (seed {SEED})")
        print("OK", flush=True)
    except SystemExit:
        services.logs(60)
        raise
    finally:
        if box:
            box.child.terminate()
            box.child.wait(10)
        services.cleanup()


main()
