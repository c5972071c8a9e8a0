#!/usr/bin/env python3
"""ccxt beside feed: both look at the same exchange in a box, and see the same, spot and USDⓈ-M.

ccxt knows nothing of us. It loads markets, candles, tickers, books and funding over REST; what feed makes of the same
exchange is tapped from its bus and asked for. Instruments and candles are equal to the last digit, and the tickers, books and
funding rates that ccxt gets are among those that feed has published.

usage: feed_beside.py      (ends with 77 where there is no ccxt)
"""
import sys

try:
    import ccxt
    import zmq
except ImportError as error:
    print(f"skipped: {error}", flush=True)
    sys.exit(77)

from harness import *
import box as exchange_box

SYMBOLS = ["BTC/USDT", "ETH/USDT", "XRP/USDT"]
TIMEFRAMES = ["1m", "3m", "5m", "15m", "30m", "1h", "4h"]
SPEED = 10
DEPTH = 10
PATIENCE = 240


class Tap:
    """All that feed publishes, by topic."""

    def __init__(self, services):
        self.socket = services.subscriber("feed", topics=("ticker.", "book.", "funding.", "candle.", "clock"))
        self.facts = {}

    def take(self):
        while self.socket.poll(0):
            topic, frame = self.socket.recv_multipart()
            self.facts.setdefault(topic.decode(), []).append(unframe(frame)["body"])

    def among(self, topic, pick, wanted, what, again):
        """Whether something published is what ccxt has; ccxt looks again until it is, since feed leaves out what is replaced at once."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            seen = wanted()
            # What ccxt was told a moment ago may still be on its way to feed.
            until = time.monotonic() + 3
            while time.monotonic() < until:
                self.take()
                if any(pick(body) == seen for body in self.facts.get(topic, [])):
                    return
                self.socket.poll(100)
        fail(f"{what}: ccxt has {seen}, feed has published {[pick(b) for b in self.facts.get(topic, [])][-3:]}")


def numbers(*texts):
    return [Decimal(str(t)).normalize() for t in texts]


def levels(rows):
    """Price and quantity of each level: ccxt's rows are lists, ours objects."""
    return [numbers(*(r.values() if isinstance(r, dict) else r[:2])) for r in rows[:DEPTH]]


def instruments(services, exchange, suffix):
    rules = {i["symbol"]: i for i in services.request("feed", "feedSnapshotRequest")["body"]["instruments"]}
    if sorted(rules) != sorted(SYMBOLS):
        fail(f"feed knows the rules of {sorted(rules)}")
    for symbol in SYMBOLS:
        market, own = exchange.market(symbol + suffix), rules[symbol]
        seen = numbers(market["precision"]["price"], market["precision"]["amount"], market["limits"]["amount"]["min"])
        if seen != numbers(own["tickSize"], own["lotSize"], own["minQuantity"]):
            fail(f"the rules of {symbol}: ccxt has {seen}, feed {own}")
        if market["limits"]["cost"]["min"] and numbers(market["limits"]["cost"]["min"]) != numbers(own["minNotional"]):
            fail(f"the smallest order of {symbol}: ccxt has {market['limits']['cost']}, feed {own}")


def candles(services, exchange, suffix):
    compared = 0
    for symbol in SYMBOLS:
        for timeframe in TIMEFRAMES:
            seen = {r[0] * 1000: numbers(*r[1:6]) for r in exchange.fetch_ohlcv(symbol + suffix, timeframe, limit=200)[:-1]}
            answer = services.request("feed", "candlesRequest", {"symbol": symbol, "timeframe": timeframe, "limit": 200})["body"]
            own = {c["openTime"]: numbers(c["open"], c["high"], c["low"], c["close"], c["volume"]) for c in answer["candles"]}
            both = sorted(set(seen) & set(own))
            if len(both) < 190:
                fail(f"{symbol} {timeframe}: ccxt and feed have only {len(both)} candles in common")
            for open_time in both:
                if seen[open_time] != own[open_time]:
                    fail(f"{symbol} {timeframe} {open_time}: ccxt has {seen[open_time]}, feed {own[open_time]}")
            compared += len(both)
    return compared


def beside(kind, venue, market, suffix):
    box = exchange_box.Box("--symbols", ",".join(SYMBOLS), "--speed", str(SPEED), "--tick", "5000", "--start", "2025-06-01")
    services = Services(f"""
symbols: [{", ".join(SYMBOLS)}]
feed: {{source: live, venue: {venue}, venue_speed: {SPEED}, conflate_millis: 0, book_depth: {DEPTH}, look_back: 300}}
venues: {{{venue}: {{rest_url: "{box.addresses['rest']}", ws_url: "{box.addresses[market + '_ws']}"}}}}
""", "beside")
    try:
        exchange = client(box, kind)
        exchange.load_markets()
        tap = Tap(services)
        services.start("feed")
        deadline = time.monotonic() + PATIENCE
        # Both a closed candle of the stream and a book of every symbol have to be there.
        while not all(f"candle.{s}.1m" in tap.facts and f"book.{s}" in tap.facts for s in SYMBOLS):
            if time.monotonic() > deadline:
                fail(f"feed does not publish candles and books of all symbols: {sorted(tap.facts)}")
            tap.socket.poll(200)
            tap.take()
        instruments(services, exchange, suffix)
        compared = candles(services, exchange, suffix)
        for symbol in SYMBOLS:
            def quote():
                t = exchange.fetch_bids_asks([symbol + suffix])[symbol + suffix]
                return numbers(t["bid"], t["bidVolume"], t["ask"], t["askVolume"])

            tap.among(f"ticker.{symbol}", lambda b: numbers(b["bid"], b["bidQuantity"], b["ask"], b["askQuantity"]), quote,
                      f"best bid and ask of {symbol}", True)
            tap.among(f"ticker.{symbol}", lambda b: numbers(b["last"]),
                      lambda: numbers(exchange.fetch_ticker(symbol + suffix)["last"]), f"last price of {symbol}", True)

            def depth():
                book = exchange.fetch_order_book(symbol + suffix, 20)
                return levels(book["bids"]), levels(book["asks"])

            tap.among(f"book.{symbol}", lambda b: (levels(b["bids"]), levels(b["asks"])), depth, f"book of {symbol}", True)
            if market == "usdm":
                def funding():
                    rate = exchange.fetch_funding_rate(symbol + suffix)
                    return numbers(rate["info"]["lastFundingRate"], int(rate["info"]["nextFundingTime"]) * 1000)

                tap.among(f"funding.{symbol}", lambda b: numbers(b["rate"], b["nextFundingTime"]), funding,
                          f"funding rate of {symbol}", True)
        crossed = [b for t, facts in tap.facts.items() if t.startswith("book.") for b in facts
                   if levels(b["bids"])[0][0] >= levels(b["asks"])[0][0]]
        if crossed:
            fail(f"feed has published a crossed book: {crossed[0]}")
        books = sum(len(f) for t, f in tap.facts.items() if t.startswith("book."))
        tickers = sum(len(f) for t, f in tap.facts.items() if t.startswith("ticker."))
        print(f"{venue}: {compared} candles the same, among {tickers} tickers and {books} books what ccxt has", flush=True)
        if services.stop_all().get("feed") != 0:
            fail("feed did not stop in good order")
    except SystemExit:
        services.logs(40)
        raise
    finally:
        services.cleanup()
        box.stop()


def client(box, kind):
    exchange = ccxt.binance({
        "timeout": 60_000, "enableRateLimit": False,
        "options": {"defaultType": kind, "fetchMarkets": {"types": ["spot", "linear"]}, "fetchCurrencies": False},
    })
    for name, address in list(exchange.urls["api"].items()):
        if isinstance(address, str):
            for real in ("https://api.binance.com", "https://fapi.binance.com"):
                address = address.replace(real, f"http://127.0.0.1:{box.port}")
            exchange.urls["api"][name] = address
    return exchange


beside("spot", "binance", "spot", "")
beside("swap", "binance_usdm", "usdm", ":USDT")
print("OK", flush=True)
