#!/usr/bin/env python3
"""The exchange in a box as a process: start, REST, streams, an order's life, faults on the wire, the end.

Not ours on purpose: neither HTTP, WebSocket nor signature come from the project.
"""
import http.client
import socket
import subprocess
import time

from box import BIN, Box, KEY, PATIENCE, WebSocket, check, fail


def teaches():
    result = subprocess.run([BIN / "quartet-simulator", "--help"], capture_output=True, text=True, timeout=PATIENCE)
    check(result.returncode == 0 and "EXAMPLES" in result.stdout, f"--help says {result.stdout} {result.stderr}")
    result = subprocess.run(
        [BIN / "quartet-simulator", "--symbols", "BTC"], capture_output=True, text=True, timeout=PATIENCE)
    check(result.returncode != 0 and "no symbol" in result.stderr, f"a wrong symbol says {result.stderr}")


def same_twice():
    """A market that only goes on when told to is the same for the same seed."""
    def run(seed):
        box = Box("--speed", "0", "--start", "2025-06-01", "--seed", seed, "--look-back", "5", "--symbols", "BTC/USDT")
        box.admin("/admin/advance", {"milliseconds": 600_000})
        candles = box.get("/fapi/v1/klines", symbol="BTCUSDT", interval="1m", limit=100)
        check(box.stop() == 0, "the box ends with another status than 0")
        return candles
    first = run("7")
    check(len(first) == 5 + 10 + 1, f"{len(first)} candles after ten minutes")
    check(first == run("7"), "the same seed is another market")
    check(first != run("8"), "another seed is the same market")


def streams(box):
    stream = WebSocket(box.port, "/usdm/stream?streams=btcusdt@bookTicker/btcusdt@kline_1m")
    names = {stream.read()["stream"] for _ in range(6)}
    check(names == {"btcusdt@bookTicker", "btcusdt@kline_1m"}, f"the streams are {names}")
    stream.send('{"method":"SUBSCRIBE","params":["ethusdt@depth@100ms"],"id":3}')
    seen = []
    while len(seen) < 3:
        message = stream.read()
        if message.get("stream") == "ethusdt@depth@100ms":
            seen.append(message["data"])
    check(all(b["pu"] == a["u"] for a, b in zip(seen, seen[1:])), "the changes of the book do not follow each other")
    stream.send(b"still there?", 9)
    stream.read()
    # Half open: nothing comes any more, and nothing says so.
    box.admin("/admin/faults", {"kind": "half_open", "on": "stream", "count": 1})
    stream.socket.settimeout(2)
    try:
        for _ in range(10_000):
            stream.read()
        fail("a half-open stream goes on")
    except socket.timeout:
        pass
    except ConnectionError:
        fail("a half-open stream was closed")
    stream.close()


def listen(box):
    status, _, text = box.request("POST", "/fapi/v1/listenKey", None, {"X-MBX-APIKEY": KEY})
    check(status == 200, f"no listen key: {text}")
    return WebSocket(box.port, "/usdm/ws/" + text.split('"')[3])


def next_event(stream, name):
    while True:
        event = stream.read()
        if event["e"] == name:
            return event


def orders(box):
    stream = listen(box)
    status, order = box.signed(
        "POST", "/fapi/v1/order", symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.010",
        newClientOrderId="first", newOrderRespType="RESULT")
    check(status == 200 and order["status"] == "FILLED", f"the order is {order}")
    event = next_event(stream, "ORDER_TRADE_UPDATE")
    while event["o"]["x"] != "TRADE":
        event = next_event(stream, "ORDER_TRADE_UPDATE")
    check(event["o"]["X"] == "FILLED" and event["o"]["c"] == "first", f"the user stream says {event}")

    # The answer is lost, the order is not.
    box.admin("/admin/faults", {"kind": "reply_lost", "match": "POST /fapi/v1/order", "count": 1})
    lost = dict(symbol="BTCUSDT", side="SELL", type="LIMIT", timeInForce="GTC", quantity="0.010", price="109000",
                newClientOrderId="second")
    try:
        box.signed("POST", "/fapi/v1/order", **lost)
        fail("a lost reply arrived")
    except (http.client.HTTPException, ConnectionError):
        pass
    status, found = box.signed("GET", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="second")
    check(status == 200 and found["status"] == "NEW", f"the order whose reply was lost is {found}")
    status, again = box.signed("POST", "/fapi/v1/order", **lost)
    check(again.get("code") == -4116, f"asked again it says {again}")
    truth = box.get("/admin/state", part="orders")["orders"]
    check([o["client_order_id"] for o in truth] == ["first", "second"], f"the orders are {truth}")

    # Accepted, then everything is cut.
    box.admin("/admin/faults", {"kind": "disconnect_after_accept", "count": 1})
    try:
        box.signed("POST", "/fapi/v1/order", symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.010")
        fail("the cut connection answered")
    except (http.client.HTTPException, ConnectionError):
        pass
    try:
        while True:
            stream.read()
    except ConnectionError:
        pass
    check(len(box.get("/admin/state", part="fills")["fills"]) >= 2, "the order before the cut did not trade")


def late(box):
    box.admin("/admin/faults", {"kind": "latency", "on": "rest", "milliseconds": 400, "count": 1})
    began = time.monotonic()
    box.get("/api/v3/ping")
    check(time.monotonic() - began >= 0.39, "a late answer was not late")
    status, headers, _ = box.request("GET", "/api/v3/time")
    check(status == 200 and int(headers["X-MBX-USED-WEIGHT-1M"]) > 0, "the weight is not told")


def held(box):
    """A request that is never answered does not keep the box from stopping."""
    box.admin("/admin/faults", {"kind": "half_open", "on": "rest", "count": 1})
    waiting = socket.create_connection(("127.0.0.1", box.port), timeout=PATIENCE)
    waiting.sendall(b"GET /api/v3/time HTTP/1.1\r\nHost: box\r\n\r\n")
    while box.get("/admin/faults")["faults"][-1]["fired"] == 0:
        time.sleep(0.02)
    stream = WebSocket(box.port, "/spot/ws/btcusdt@aggTrade")
    check(box.stop() == 0, "the box ends with another status than 0")
    try:
        check(waiting.recv(100) == b"", "the request that was held got an answer")
    except ConnectionError:
        pass
    stream.close()


def main():
    teaches()
    same_twice()
    box = Box("--tick", "250", "--look-back", "50")
    check("SIMULATED" in box.output(), "the box does not say that it is simulated")
    streams(box)
    orders(box)
    late(box)
    held(box)
    print("the box starts, speaks, fails on command and stops", flush=True)


main()
