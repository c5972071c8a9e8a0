"""ccxt's own parser on the same messages: json.loads and the exchange class's handling of a stream message.

peer.py NAME EXCHANGE FILE ROUNDS    prints NAME, ccxt, messages a second, p50 ns, p99 ns, messages
"""
import asyncio
import json
import sys
import time

import ccxt
import ccxt.pro


class Client:
    """What the handlers need of a connection, without one."""

    def __init__(self):
        self.url = "wss://stream.example/public/linear"
        self.subscriptions, self.futures, self.lastPong, self.keepAlive = {}, {}, 0, 0

    def resolve(self, result, message_hash=None):
        return result

    def reject(self, error, message_hash=None):
        raise error


def market(exchange, name):
    for quote in ("USDT", "ETH"):
        if name.endswith(quote):
            base = name[: -len(quote)]
            return exchange.safe_market_structure({
                "id": name, "symbol": f"{base}/{quote}:{quote}", "base": base, "quote": quote, "settle": quote,
                "baseId": base, "quoteId": quote, "settleId": quote, "type": "swap", "spot": False, "swap": True,
                "contract": True, "linear": True, "inverse": False, "active": True,
                "precision": {"amount": 0.001, "price": 0.0001},
            })


async def main(name, exchange_id, path, rounds):
    exchange = getattr(ccxt.pro, exchange_id)({"options": {"defaultType": "swap"}})
    lines = open(path).read().splitlines()
    passes = max(1, 5000 // len(lines))
    names = set()
    for line in lines:
        data = json.loads(line)["data"]
        first = data[0] if isinstance(data, list) else data
        names.add(first.get("s") or first.get("symbol"))
    exchange.set_markets([market(exchange, n) for n in sorted(n for n in names if n)])
    client = Client()

    # Binance's changes need a book to change: one as if taken just before the first change of its symbol.
    books = {}
    for line in lines:
        data = json.loads(line)["data"]
        if isinstance(data, dict) and data.get("e") == "depthUpdate":
            books.setdefault(exchange.safe_symbol(data["s"], None, None, "swap"), data["U"])

    def fresh():
        exchange.orderbooks = {}
        for symbol, first in books.items():
            exchange.orderbooks[symbol] = exchange.order_book({}, 1000)
            exchange.orderbooks[symbol]["nonce"] = first

    def take(line):
        exchange.handle_message(client, json.loads(line))

    best, times = float("inf"), []
    for _ in range(rounds):
        spent = 0
        for _ in range(passes):
            fresh()
            start = time.process_time_ns()
            for line in lines:
                take(line)
            spent += time.process_time_ns() - start
        best = min(best, spent / len(lines) / passes)
    fresh()
    for line in lines:
        start = time.thread_time_ns()
        take(line)
        times.append(time.thread_time_ns() - start)
    times.sort()
    print(f"{name}\tccxt\t{int(1e9 / best)}\t{times[len(times) // 2]}\t{times[len(times) * 99 // 100]}\t{len(lines) * passes}")
    await exchange.close()


asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
