"""An exchange for the tests of live market data: python3 exchange.py DIALECT SPEED [SYMBOLS]

Speaks the public REST and stream interface of one dialect (binance, binance_usdm, bybit, bybit_linear, mexc) as far as
feed uses it, over one port of the kernel's choice, which it prints. Its market is a formula of symbol and minute, so
that every candle is known; its clock runs SPEED times as fast as ours from 2025-01-01 12:00 UTC. Ends with its
standard input. GET /admin/WORD makes faults: drop (all streams), mute and unmute (streams say nothing, pings are
answered), down and up (REST answers 503, streams are refused), limit (the next request is answered 429), lose?n=N (the
next N closed candles are not told), jump?ms=N (the clock), twice and once (every message comes twice), garbage (one
message), stats.
"""
import base64, hashlib, json, math, socket, socketserver, struct, sys, threading, time, urllib.parse

DIALECT, SPEED = sys.argv[1], float(sys.argv[2])
SYMBOLS = (sys.argv[3] if len(sys.argv) > 3 else "BTC,ETH,SOL").split(",")
START = 1735732800.0
begun = time.monotonic()
MINUTES = {"1m": 1, "3m": 3, "5m": 5, "15m": 15, "30m": 30, "1h": 60, "4h": 240, "60m": 60}
state = {"jump": 0.0, "mute": False, "down": False, "limit": 0, "lose": 0, "twice": False, "garbage": False}
stats = {"requests": 0, "weight": 0, "connections": 0, "subscriptions": 0, "refused": 0, "rows": 0, "paths": {}}
streams, lock = [], threading.Lock()


def now():
    return START + (time.monotonic() - begun) * SPEED + state["jump"]


def price(symbol, minute):
    base = 1000.0 * (1 + SYMBOLS.index(symbol))
    return round(base * (1 + 0.02 * math.sin(minute / 97.0) + 0.004 * math.sin(minute / 7.0)), 2)


def minute_candle(symbol, minute):
    a, b = price(symbol, minute), price(symbol, minute + 1)
    wick = (minute * 7919 % 50) / 100.0
    return a, max(a, b) + wick, min(a, b) - wick, b, 1 + minute * 104729 % 1000 / 10.0


memory = {}


def candle(symbol, length, index):
    """Open, high, low, close, volume of the index-th candle of so many minutes since 1970."""
    key = (symbol, length, index)
    if key not in memory:
        parts = [minute_candle(symbol, m) for m in range(index * length, (index + 1) * length)]
        memory[key] = (parts[0][0], max(p[1] for p in parts), min(p[2] for p in parts), parts[-1][3], sum(p[4] for p in parts))
    return memory[key]


def forming(symbol, length, index):
    upto = int(now() // 60)
    parts = [minute_candle(symbol, m) for m in range(index * length, upto)] or [(price(symbol, upto),) * 4 + (0.0,)]
    return (parts[0][0], max(p[1] for p in parts), min(p[2] for p in parts), parts[-1][3], sum(p[4] for p in parts))


def text(number):
    return f"{number:.2f}"


def rows(symbol, length, since, until, limit):
    """Candles of an answer, ascending, the forming one last: (open time in ms, values, close time in ms)."""
    last = int(now() // 60) // length
    high = last if until is None else min(last, int(until) // 60000 // length)
    low = high - limit + 1
    if since is not None:
        low = max(low, -(-int(since) // (60000 * length)))
        if until is None:
            low = -(-int(since) // (60000 * length))
            high = min(high, low + limit - 1)
    out = []
    for index in range(low, high + 1):
        values = forming(symbol, length, index) if index == last else candle(symbol, length, index)
        stats["rows"] += 1
        out.append((index * length * 60000, [text(v) for v in values], (index + 1) * length * 60000 - 1))
    return out


def quote(symbol):
    moment = now()
    minute = moment / 60
    a, b = price(symbol, int(minute)), price(symbol, int(minute) + 1)
    middle = a + (b - a) * (minute - int(minute))
    return text(middle - 0.05), text(middle + 0.05), text(middle), int(moment * 1000)


def find(name):
    for symbol in SYMBOLS:
        if symbol + "USDT" == name:
            return symbol
    return None


# REST

def answer(path, query):
    """The body of an answer."""
    symbol = find(query.get("symbol", ""))
    if DIALECT.startswith("bybit"):
        return bybit(path, query, symbol)
    name = path.rsplit("/", 1)[-1]
    if path.endswith("/time"):
        return {"serverTime": int(now() * 1000)}
    if name == "exchangeInfo":
        return {"timezone": "UTC", "serverTime": int(now() * 1000), "symbols": [listing(s) for s in SYMBOLS]}
    if name == "klines":
        since, until = query.get("startTime"), query.get("endTime")
        length = MINUTES[query["interval"]]
        return [[t] + v + [e, "0"] + ([] if DIALECT == "mexc" else [10, "0", "0", "0"])
                for t, v, e in rows(symbol, length, since, until, int(query.get("limit", 500)))]
    names = [symbol] if symbol else SYMBOLS
    if path.endswith("/ticker/bookTicker"):
        out = []
        for s in names:
            bid, ask, last, at = quote(s)
            out.append({"symbol": s + "USDT", "bidPrice": bid, "bidQty": "2", "askPrice": ask, "askQty": "3"})
            if DIALECT == "binance_usdm":
                out[-1]["time"] = at
        return out[0] if symbol else out
    if path.endswith("/ticker/price"):
        out = [{"symbol": s + "USDT", "price": quote(s)[2]} for s in names]
        return out[0] if symbol else out
    if name == "premiumIndex":
        bid, ask, last, at = quote(symbol)
        return {"symbol": symbol + "USDT", "markPrice": last, "indexPrice": last, "lastFundingRate": "0.00010000",
                "nextFundingTime": (at // 28800000 + 1) * 28800000, "time": at}
    if name == "depth":
        bid, ask, last, at = quote(symbol)
        body = {"lastUpdateId": at, "bids": [[bid, "2"]], "asks": [[ask, "3"]]}
        if DIALECT == "binance_usdm":
            body.update(E=at, T=at)
        return body
    return None


def listing(s):
    if DIALECT == "mexc":
        return {"symbol": s + "USDT", "status": "1", "baseAsset": s, "quoteAsset": "USDT", "baseAssetPrecision": 4,
                "quotePrecision": 2, "quoteAssetPrecision": 2, "baseSizePrecision": "0.0001", "quoteAmountPrecision": "1",
                "makerCommission": "0", "takerCommission": "0.0005"}
    body = {"symbol": s + "USDT", "status": "TRADING", "baseAsset": s, "quoteAsset": "USDT", "filters": [
        {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "1000000", "tickSize": "0.01"},
        {"filterType": "LOT_SIZE", "minQty": "0.001", "maxQty": "9000", "stepSize": "0.001"},
        {"filterType": "NOTIONAL", "minNotional": "5"} if DIALECT == "binance" else {"filterType": "MIN_NOTIONAL", "notional": "5"}]}
    if DIALECT == "binance_usdm":
        body.update(pair=s + "USDT", contractType="PERPETUAL", marginAsset="USDT")
    return body


def bybit(path, query, symbol):
    at = int(now() * 1000)
    def wrap(result):
        return {"retCode": 0, "retMsg": "OK", "result": result, "retExtInfo": {}, "time": at}
    if path == "/v5/market/time":
        return wrap({"timeSecond": str(at // 1000), "timeNano": str(at * 1000000)})
    category = query.get("category")
    if path == "/v5/market/instruments-info":
        out = []
        for s in SYMBOLS:
            body = {"symbol": s + "USDT", "baseCoin": s, "quoteCoin": "USDT", "status": "Trading",
                    "priceFilter": {"tickSize": "0.01"}}
            if category == "linear":
                body.update(contractType="LinearPerpetual", settleCoin="USDT", leverageFilter={"maxLeverage": "50.00"},
                            lotSizeFilter={"qtyStep": "0.001", "minOrderQty": "0.001", "maxOrderQty": "9000", "minNotionalValue": "5"})
            else:
                body.update(lotSizeFilter={"basePrecision": "0.001", "quotePrecision": "0.0001", "minOrderQty": "0.001",
                                           "maxOrderQty": "9000", "minOrderAmt": "5", "maxOrderAmt": "100000"})
            out.append(body)
        return wrap({"category": category, "list": out, "nextPageCursor": ""})
    if path == "/v5/market/kline":
        length = int(query["interval"])
        found = rows(symbol, length, query.get("start"), query.get("end"), int(query.get("limit", 200)))
        return wrap({"category": category, "symbol": symbol + "USDT",
                     "list": [[str(t)] + v + ["0"] for t, v, e in reversed(found)]})
    if path == "/v5/market/tickers":
        out = []
        for s in [symbol] if symbol else SYMBOLS:
            bid, ask, last, _ = quote(s)
            body = {"symbol": s + "USDT", "lastPrice": last, "bid1Price": bid, "bid1Size": "2", "ask1Price": ask, "ask1Size": "3"}
            if category == "linear":
                body.update(fundingRate="0.0001", nextFundingTime=str((at // 28800000 + 1) * 28800000), markPrice=last, indexPrice=last)
            out.append(body)
        return wrap({"category": category, "list": out})
    return None


# Streams

def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def push(channel, symbol, number, parts, at):
    body = b"".join(field(i, v) for i, v in parts)
    return field(1, channel) + field(3, symbol + "USDT") + field(6, at) + field(number, body)


def quote_message(topic, symbol):
    bid, ask, last, at = quote(symbol)
    name = symbol + "USDT"
    if DIALECT == "binance":
        return {"u": at, "s": name, "b": bid, "B": "2", "a": ask, "A": "3"}
    if DIALECT == "binance_usdm":
        return {"e": "bookTicker", "u": at, "s": name, "b": bid, "B": "2", "a": ask, "A": "3", "T": at, "E": at}
    if DIALECT == "bybit":
        return {"topic": topic, "type": "snapshot", "ts": at, "data": {"s": name, "b": [[bid, "2"]], "a": [[ask, "3"]], "u": at, "seq": at}}
    if DIALECT == "bybit_linear":
        return {"topic": topic, "type": "delta", "ts": at, "cs": at, "data": {"symbol": name, "bid1Price": bid, "bid1Size": "2", "ask1Price": ask, "ask1Size": "3", "lastPrice": last}}
    return push(topic, symbol, 315, [(1, bid), (2, "2"), (3, ask), (4, "3")], at)


def candle_message(topic, symbol, minute, is_closed):
    at = int(now() * 1000)
    o, h, l, c, v = [text(x) for x in (candle(symbol, 1, minute) if is_closed else forming(symbol, 1, minute))]
    name = symbol + "USDT"
    if DIALECT.startswith("binance"):
        return {"e": "kline", "E": at, "s": name, "k": {"t": minute * 60000, "T": minute * 60000 + 59999, "s": name, "i": "1m", "f": 1, "L": 2,
                "o": o, "c": c, "h": h, "l": l, "v": v, "n": 2, "x": is_closed, "q": "0", "V": "0", "Q": "0", "B": "0"}}
    if DIALECT.startswith("bybit"):
        return {"topic": topic, "type": "snapshot", "ts": at, "data": [{"start": minute * 60000, "end": minute * 60000 + 59999, "interval": "1",
                "open": o, "close": c, "high": h, "low": l, "volume": v, "turnover": "0", "confirm": is_closed, "timestamp": at}]}
    return push(topic, symbol, 308, [(1, "Min1"), (2, minute * 60), (3, o), (4, c), (5, h), (6, l), (7, v), (8, "0"), (9, minute * 60 + 60)], at)


def book_message(topic, symbol, is_first):
    bid, ask, last, at = quote(symbol)
    name = symbol + "USDT"
    if DIALECT.startswith("bybit"):
        return None if not is_first else {"topic": topic, "type": "snapshot", "ts": at, "data": {"s": name, "b": [[bid, "2"]], "a": [[ask, "3"]], "u": 7, "seq": at}}
    return None


def frame(payload):
    code = 0x82 if isinstance(payload, bytes) else 0x81
    data = payload if isinstance(payload, bytes) else payload.encode()
    head = bytes([code])
    if len(data) < 126:
        head += bytes([len(data)])
    elif len(data) < 65536:
        head += bytes([126]) + struct.pack(">H", len(data))
    else:
        head += bytes([127]) + struct.pack(">Q", len(data))
    return head + data


class Stream:
    def __init__(self, connection):
        self.connection, self.topics, self.lock, self.open, self.minutes = connection, [], threading.Lock(), True, {}

    def send(self, message):
        data = frame(message if isinstance(message, (bytes, str)) else json.dumps(message))
        with self.lock:
            self.connection.sendall(data)
            if state["twice"]:
                self.connection.sendall(data)

    def subscribe(self, message):
        stats["subscriptions"] += 1
        if DIALECT.startswith("bybit"):
            if message.get("op") == "ping":
                return self.send({"success": True, "ret_msg": "pong", "op": "ping"})
            self.topics += message["args"]
            return self.send({"success": True, "ret_msg": "", "op": "subscribe"})
        if message.get("method") == "PING":
            return self.send({"id": 0, "code": 0, "msg": "PONG"})
        self.topics += message["params"]
        if DIALECT == "mexc":
            return self.send({"id": 0, "code": 0, "msg": ",".join(message["params"])})
        self.send({"result": None, "id": message.get("id")})

    def tell(self):
        """What has happened since the last time."""
        minute = int(now() // 60)
        for topic in list(self.topics):
            symbol = next((s for s in SYMBOLS if (s + "usdt" if DIALECT.startswith("binance") else s + "USDT") in (topic if not DIALECT.startswith("binance") else topic.upper().replace("USDT", "usdt"))), None)
            if symbol is None:
                continue
            if "bookTicker" in topic or topic.startswith("orderbook.1.") or topic.startswith("tickers."):
                self.send(quote_message(topic, symbol))
            elif "kline" in topic:
                known = self.minutes.get(topic, minute)
                for closed in range(known, minute):
                    if state["lose"] > 0:
                        state["lose"] -= 1
                        continue
                    self.send(candle_message(topic, symbol, closed, True))
                self.minutes[topic] = minute
                self.send(candle_message(topic, symbol, minute, False))


def teller():
    while True:
        time.sleep(0.1)
        if state["mute"]:
            continue
        for stream in list(streams):
            try:
                if state["garbage"]:
                    stream.send('{"e":"kline","E":')
                stream.tell()
            except OSError:
                stream.open = False
                if stream in streams:
                    streams.remove(stream)
        state["garbage"] = False


def exactly(connection, count):
    data = b""
    while len(data) < count:
        chunk = connection.recv(count - len(data))
        if not chunk:
            raise OSError("closed")
        data += chunk
    return data


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            while self.one():
                pass
        except (OSError, ConnectionError):
            pass

    def one(self):
        head = b""
        while b"\r\n\r\n" not in head:
            chunk = self.request.recv(4096)
            if not chunk:
                return False
            head += chunk
        lines = head.split(b"\r\n\r\n")[0].decode().split("\r\n")
        headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines[1:] if ": " in line)}
        target = urllib.parse.urlsplit(lines[0].split(" ")[1])
        query = dict(urllib.parse.parse_qsl(target.query))
        if target.path.startswith("/admin/"):
            return self.reply(200, self.admin(target.path[7:], query))
        if state["down"]:
            return self.reply(503, {"code": -1001, "msg": "down"})
        if headers.get("upgrade", "").lower() == "websocket":
            return self.stream(headers)
        stats["requests"] += 1
        stats["paths"][target.path] = stats["paths"].get(target.path, 0) + 1
        if state["limit"] > 0:
            state["limit"] -= 1
            stats["refused"] += 1
            return self.reply(429, {"code": -1003, "msg": "Too many requests"}, [("Retry-After", "2")])
        body = answer(target.path, query)
        if body is None:
            return self.reply(404, {"code": -1121, "msg": "no such thing"})
        return self.reply(200, body)

    def admin(self, word, query):
        if word == "drop":
            for stream in list(streams):
                stream.connection.shutdown(socket.SHUT_RDWR)
            streams.clear()
        elif word in ("mute", "down", "twice"):
            state[word] = True
        elif word in ("unmute", "up", "once"):
            state[{"unmute": "mute", "up": "down", "once": "twice"}[word]] = False
        elif word == "limit":
            state["limit"] = int(query.get("n", 1))
        elif word == "lose":
            state["lose"] = int(query["n"])
        elif word == "jump":
            state["jump"] += int(query["ms"]) / 1000
        elif word == "garbage":
            state["garbage"] = True
        elif word == "candles":
            length = MINUTES[query["interval"]]
            return [[t] + v for t, v, e in rows(query["symbol"], length, query.get("since"), query.get("until"), int(query.get("limit", 1000)))[:-1]]
        return {**stats, "now": int(now() * 1000), "streams": len(streams)}

    def reply(self, status, body, headers=()):
        data = json.dumps(body).encode()
        extra = "".join(f"{k}: {v}\r\n" for k, v in headers)
        self.request.sendall(f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n{extra}\r\n".encode() + data)
        return True

    def stream(self, headers):
        accept = base64.b64encode(hashlib.sha1((headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest())
        self.request.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n")
        stream = Stream(self.request)
        stats["connections"] += 1
        streams.append(stream)
        while True:
            first, second = exactly(self.request, 2)
            length = second & 127
            if length == 126:
                length = struct.unpack(">H", exactly(self.request, 2))[0]
            elif length == 127:
                length = struct.unpack(">Q", exactly(self.request, 8))[0]
            mask = exactly(self.request, 4)
            payload = bytes(b ^ mask[i % 4] for i, b in enumerate(exactly(self.request, length)))
            if first & 15 == 1:
                stream.subscribe(json.loads(payload))
            elif first & 15 == 9:
                with stream.lock:
                    self.request.sendall(bytes([0x8a, len(payload)]) + payload)
            elif first & 15 == 8:
                if stream in streams:
                    streams.remove(stream)
                return False


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 100


server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
threading.Thread(target=teller, daemon=True).start()
sys.stdin.read()
