"""A small exchange that speaks Binance's USDⓈ-M interface on a port of its own: enough for one symbol, market and limit
orders, and the stream of an account. It keeps its own books with exact fractions, checks every signature and request time,
and misbehaves on command: replies lost, requests lost, orders that turn up late, gateways that give up, fills before the
acknowledgement, answers that lag, streams that break.

Not ours on purpose: it shares no code with what it tests.
"""
import base64
import hashlib
import hmac
import json
import socket
import struct
import threading
import time
import urllib.parse
from decimal import Decimal, ROUND_DOWN
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY, SECRET = "exchangeTestKey", "exchangeTestSecret"
SYMBOL = "BTCUSDT"
FAULTS = ["reply_lost", "request_lost", "late", "unknown_done", "unknown_not_done", "unavailable", "slow", "garbage", "fill_first"]


class Exchange:
    def __init__(self, chance, lag=0.2):
        self.chance, self.lag = chance, lag
        self.lock = threading.RLock()
        self.orders, self.trades = {}, []
        self.next_order, self.next_trade = 1000, 1
        self.position, self.cost = Decimal(0), Fraction(0)
        self.start = Decimal("100000")
        self.realized, self.fees = Fraction(0), Decimal(0)
        self.leverage, self.margin = 20, "CROSSED"
        self.price = Decimal("60000")
        self.streams = []
        self.fault = None
        self.query_faults = 0.0
        self.counts = {}
        self.refused = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.serve(self)

            do_POST = do_PUT = do_DELETE = do_GET

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    # -- requests

    def serve(self, handler):
        url = urllib.parse.urlsplit(handler.path)
        if handler.headers.get("Upgrade", "").lower() == "websocket":
            return self.stream(handler)
        length = int(handler.headers.get("Content-Length") or 0)
        body = handler.rfile.read(length).decode() if length else ""
        text = "&".join(t for t in (url.query, body) if t)
        parameters = dict(urllib.parse.parse_qsl(text, keep_blank_values=True))
        method = handler.command
        try:
            answer = self.route(handler, method, url.path, parameters, text)
        except Refused as refusal:
            return self.reply(handler, {"code": refusal.code, "msg": refusal.words}, refusal.status)
        if answer is CUT:
            return self.cut(handler)
        if isinstance(answer, bytes):
            return self.reply_bytes(handler, answer, 200)
        self.reply(handler, answer)

    def reply(self, handler, value, status=200):
        self.reply_bytes(handler, json.dumps(value).encode(), status)

    def reply_bytes(self, handler, data, status):
        try:
            handler.send_response(status)
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Content-Length", str(len(data)))
            handler.end_headers()
            handler.wfile.write(data)
        except OSError:
            pass

    def cut(self, handler):
        handler.close_connection = True
        try:
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.connection.close()
        except OSError:
            pass

    def route(self, handler, method, path, p, text):
        if path == "/fapi/v1/time":
            return {"serverTime": int(time.time() * 1000)}
        if handler.headers.get("X-MBX-APIKEY") != KEY:
            raise Refused(401, -2015, "Invalid API-key, IP, or permissions for action.")
        if path == "/fapi/v1/listenKey":
            return {"listenKey": "listen"}
        unsigned, _, signature = text.rpartition("&signature=")
        if hmac.new(SECRET.encode(), unsigned.encode(), hashlib.sha256).hexdigest() != signature:
            raise Refused(400, -1022, "Signature for this request is not valid.")
        self.check_time(p)
        if path == "/fapi/v1/order" and method == "POST":
            return self.place(p)
        if method == "GET" and self.chance.random() < self.query_faults:
            return CUT
        with self.lock:
            if path == "/sapi/v1/account/apiRestrictions":
                return {"ipRestrict": False, "createTime": 1, "enableReading": True, "enableWithdrawals": False,
                        "enableFutures": True, "enableSpotAndMarginTrading": True}
            if path == "/fapi/v1/positionSide/dual":
                return {"dualSidePosition": False}
            if path == "/fapi/v3/account":
                return self.account()
            if path == "/fapi/v1/leverage":
                self.leverage = int(p["leverage"])
                return {"leverage": self.leverage, "maxNotionalValue": "1000000", "symbol": SYMBOL}
            if path == "/fapi/v1/marginType":
                if self.margin == p["marginType"]:
                    raise Refused(400, -4046, "No need to change margin type.")
                self.margin = p["marginType"]
                return {"code": 200, "msg": "success"}
            if path == "/fapi/v1/order":
                order = self.find(p)
                if method == "DELETE":
                    return self.cancel(order)
                return self.words(order)
            if path == "/fapi/v1/openOrders":
                return [self.words(o) for o in self.orders.values() if o["status"] in ("NEW", "PARTIALLY_FILLED")]
            if path in ("/fapi/v1/openAlgoOrders", "/fapi/v1/income"):
                return []
            if path == "/fapi/v1/userTrades":
                since = int(p.get("startTime", 0))
                wanted = p.get("orderId")
                visible = time.time() - self.lag / 2
                return [t["words"] for t in self.trades if t["words"]["time"] >= since and t["at"] <= visible
                        and (wanted is None or str(t["words"]["orderId"]) == wanted)]
            if path == "/fapi/v3/positionRisk":
                if not self.position:
                    return []
                return [{"symbol": SYMBOL, "positionSide": "BOTH", "positionAmt": str(self.position), "entryPrice": "1",
                         "markPrice": str(self.price), "unRealizedProfit": "0"}]
        raise Refused(404, -5000, f"Path {path}, Method {method} is invalid")

    def check_time(self, p):
        now, sent = time.time() * 1000, int(p["timestamp"])
        if sent < now - int(p.get("recvWindow", 5000)) or sent > now + 1000:
            raise Refused(400, -1021, "Timestamp for this request is outside of the recvWindow.")

    # -- orders

    def place(self, p):
        fault, self.fault = self.fault, None
        if fault:
            self.counts[fault] = self.counts.get(fault, 0) + 1
        if fault == "request_lost":
            return CUT
        if fault == "unavailable":
            raise Refused(503, -1008, "Request throttled by system-level protection.")
        if fault == "unknown_not_done":
            raise Refused(503, -1007, "Timeout waiting for response from backend server. Send status unknown; execution status unknown.")
        if fault == "late":
            threading.Timer(0.25, self.accept_late, (p,)).start()
            return CUT
        order = self.accept(p, announce=fault != "fill_first")
        if fault == "fill_first":
            self.fill(order)
            time.sleep(0.05)
        if fault == "reply_lost":
            return CUT
        if fault == "unknown_done":
            raise Refused(503, -1007, "Timeout waiting for response from backend server. Send status unknown; execution status unknown.")
        if fault == "slow":
            time.sleep(2.2)
        if fault == "garbage":
            return b"<html><body>502 Bad Gateway</body></html>"
        return self.words(order)

    def accept_late(self, p):
        try:
            self.check_time(p)
            self.accept(p)
        except Refused as refusal:
            self.refused.append(refusal.words)

    def accept(self, p, announce=True):
        with self.lock:
            id = p["newClientOrderId"]
            if any(o["id"] == id and o["status"] in ("NEW", "PARTIALLY_FILLED") for o in self.orders.values()):
                raise Refused(400, -4116, "ClientOrderId is duplicated.")
            quantity, side = Decimal(p["quantity"]), p["side"]
            if p.get("reduceOnly") == "true":
                open = -self.position if side == "BUY" else self.position
                if open <= 0:
                    raise Refused(400, -2022, "ReduceOnly Order is rejected.")
                quantity = min(quantity, open)
            self.next_order += 1
            order = {"number": self.next_order, "id": id, "side": side, "type": p["type"], "quantity": Decimal(p["quantity"]),
                     "fillable": quantity, "price": p.get("price", "0"), "filled": Decimal(0), "status": "NEW",
                     "force": p.get("timeInForce", "GTC"), "reduce": p.get("reduceOnly", "false") == "true",
                     "at": time.time(), "update": int(time.time() * 1000)}
            self.orders[order["number"]] = order
            if announce:
                self.tell(order, "NEW")
        if order["type"] == "MARKET" and announce:
            delay = self.chance.choice([0, 0, 0.02, 0.15])
            if delay:
                threading.Timer(delay, self.fill, (order,)).start()
            else:
                self.fill(order)
        return order

    def fill(self, order):
        with self.lock:
            if order["status"] not in ("NEW", "PARTIALLY_FILLED"):
                return
            left = order["fillable"] - order["filled"]
            parts = [left]
            if left >= Decimal("0.003") and self.chance.random() < 0.4:
                first = (left / 3).quantize(Decimal("0.001"), ROUND_DOWN)
                parts = [first, left - first]
            for part in parts:
                self.trade(order, part)

    def trade(self, order, quantity):
        self.price += Decimal(self.chance.randint(-50, 50)) / 10
        price = self.price
        fee = (price * quantity * Decimal("0.0005")).quantize(Decimal("0.00000001"), ROUND_DOWN)
        signed = quantity if order["side"] == "BUY" else -quantity
        before = self.position
        if before == 0 or (before > 0) == (signed > 0):
            self.cost += Fraction(price) * Fraction(signed)
        else:
            part = self.cost * Fraction(-signed) / Fraction(before)
            self.realized += Fraction(price) * Fraction(-signed) - part
            self.cost -= part
        self.position = before + signed
        self.fees += fee
        order["filled"] += quantity
        order["status"] = "FILLED" if order["filled"] == order["fillable"] else "PARTIALLY_FILLED"
        order["update"] = int(time.time() * 1000)
        self.next_trade += 1
        words = {"symbol": SYMBOL, "id": self.next_trade, "orderId": order["number"], "side": order["side"],
                 "price": str(price), "qty": str(quantity), "realizedPnl": "0", "quoteQty": str(price * quantity),
                 "commission": str(fee), "commissionAsset": "USDT", "time": order["update"], "positionSide": "BOTH",
                 "buyer": order["side"] == "BUY", "maker": False}
        self.trades.append({"words": words, "at": time.time(), "order": order})
        self.tell(order, "TRADE", words)

    def find(self, p):
        for order in reversed(self.orders.values()):
            matches = str(order["number"]) == p.get("orderId") or order["id"] == p.get("origClientOrderId")
            # What was placed in this moment is not everywhere yet.
            if matches and time.time() - order["at"] >= self.lag:
                return order
        raise Refused(400, -2013, "Order does not exist.")

    def cancel(self, order):
        if order["status"] not in ("NEW", "PARTIALLY_FILLED"):
            raise Refused(400, -2011, "Unknown order sent.")
        order["status"] = "CANCELED"
        order["update"] = int(time.time() * 1000)
        self.tell(order, "CANCELED")
        return self.words(order)

    def words(self, order):
        return {"orderId": order["number"], "symbol": SYMBOL, "status": order["status"], "clientOrderId": order["id"],
                "price": order["price"], "avgPrice": "0", "origQty": str(order["quantity"]), "executedQty": str(order["filled"]),
                "cumQty": str(order["filled"]), "cumQuote": "0", "timeInForce": order["force"], "type": order["type"],
                "reduceOnly": order["reduce"], "closePosition": False, "side": order["side"], "positionSide": "BOTH",
                "stopPrice": "0", "workingType": "CONTRACT_PRICE", "priceProtect": False, "origType": order["type"],
                "updateTime": order["update"]}

    def account(self):
        wallet = str(self.start - self.fees)
        return {"totalInitialMargin": "0", "totalMaintMargin": "0", "totalWalletBalance": wallet, "totalUnrealizedProfit": "0",
                "availableBalance": wallet, "maxWithdrawAmount": wallet,
                "assets": [{"asset": "USDT", "walletBalance": wallet, "unrealizedProfit": "0", "marginBalance": wallet}],
                "positions": []}

    # -- stream

    def stream(self, handler):
        accept = base64.b64encode(hashlib.sha1(
            (handler.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()
        handler.close_connection = True
        connection = handler.connection
        connection.sendall((
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept}\r\n\r\n").encode())
        with self.lock:
            self.streams.append(connection)
        try:
            while connection.recv(4096):
                # Whatever it says, a ping among it: we are alive.
                connection.sendall(b"\x8a\x00")
        except OSError:
            pass
        with self.lock:
            if connection in self.streams:
                self.streams.remove(connection)

    def break_streams(self):
        with self.lock:
            for connection in self.streams:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def tell(self, order, execution, trade=None):
        t = trade or {}
        event = {"e": "ORDER_TRADE_UPDATE", "E": order["update"], "T": order["update"], "o": {
            "s": SYMBOL, "c": order["id"], "S": order["side"], "o": order["type"], "f": order["force"],
            "q": str(order["quantity"]), "p": order["price"], "ap": "0", "sp": "0", "x": execution, "X": order["status"],
            "i": order["number"], "l": t.get("qty", "0"), "z": str(order["filled"]), "L": t.get("price", "0"),
            "N": "USDT", "n": t.get("commission", "0"), "T": order["update"], "t": t.get("id", 0), "b": "0", "a": "0",
            "m": False, "R": order["reduce"], "wt": "CONTRACT_PRICE", "ot": order["type"], "ps": "BOTH", "cp": False, "rp": "0"}}
        data = json.dumps(event).encode()
        header = bytes([0x81]) + (bytes([len(data)]) if len(data) < 126 else bytes([126]) + struct.pack(">H", len(data)))
        for connection in list(self.streams):
            try:
                connection.sendall(header + data)
            except OSError:
                pass


class Refused(Exception):
    def __init__(self, status, code, words):
        self.status, self.code, self.words = status, code, words


CUT = object()
