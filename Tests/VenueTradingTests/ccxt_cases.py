#!/usr/bin/env python3
"""Writes what ccxt makes of many unified calls, one JSON object a line, for UnifiedCaseTests to compare with.

    pip install ccxt && python3 ccxt_cases.py 500 > cases.jsonl
    QUARTET_CCXT_CASES=$PWD/cases.jsonl swift test --filter VenueTradingTests

The first argument is how many orders are drawn, the second the seed. Nothing is sent: the request is taken before it leaves.
"""
import json, random, sys
import ccxt

SYMBOLS = {"spot": ["BTC/USDT", "ETH/USDT", "LTC/USDT"], "swap": ["BTC/USDT:USDT", "ETH/USDT:USDT", "LTC/USDT:USDT"]}
STEPS = {"price": 0.01, "amount": 0.001}
TYPES = ["LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET",
         "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT", "LIMIT_MAKER"]


class Taken(Exception):
    pass


def open_exchange(name):
    class Recorder(getattr(ccxt, name)):
        def fetch(self, url, method="GET", headers=None, body=None):
            self.taken = {"url": url, "http_method": method, "output": body}
            raise Taken()

        def load_leverage_brackets(self, *_):
            return {}

        def is_unified_enabled(self, *_):
            return [False, True]

    exchange = Recorder({"apiKey": "k", "secret": "s", "enableRateLimit": False})
    markets = []
    for kind, symbols in SYMBOLS.items():
        for symbol in symbols:
            base = symbol.split("/")[0]
            swap = kind == "swap"
            market_id = base + ("_" if name == "mexc" and swap else "") + "USDT"
            markets.append({
                "id": market_id, "symbol": symbol, "base": base, "quote": "USDT", "baseId": base, "quoteId": "USDT",
                "settle": "USDT" if swap else None, "settleId": "USDT" if swap else None, "type": kind, "spot": not swap,
                "margin": False, "swap": swap, "future": False, "option": False, "active": True, "contract": swap,
                "linear": True if swap else None, "inverse": False if swap else None, "contractSize": 1 if swap else None,
                "precision": dict(STEPS), "limits": {"amount": {}, "price": {}, "cost": {}, "leverage": {}},
                "info": {"orderTypes": TYPES},
            })
    exchange.set_markets(markets)
    exchange.options["defaultType"] = "spot"
    return exchange


def draw_order(rng, exchange):
    kind = rng.choice(["spot", "swap"])
    symbol, side = rng.choice(SYMBOLS[kind]), rng.choice(["buy", "sell"])
    order_type = rng.choice(["limit", "limit", "market"])
    amount = rng.choice([1, 0.5, 0.001, 12.345, 0.4234234234, 7, 100.0004])
    price = rng.choice([50000, 0.5, 61234.56, 55.324242343, 3000.1])
    params = {}
    if rng.random() < 0.5:
        params["clientOrderId"] = "order-%d" % rng.randrange(10 ** 6)
    pick = rng.random()
    # A market order takes no time in force, and MEXC contract names it by the type: there ccxt passes on what is refused.
    if pick < 0.1 and order_type == "limit" and not (exchange == "mexc" and kind == "swap"):
        params["timeInForce"] = rng.choice(["GTC", "IOC", "FOK", "PO"])
    elif pick < 0.2:
        params["postOnly"] = True
    elif pick < 0.3 and kind == "swap":
        params["reduceOnly"] = True
    elif pick < 0.4:
        params[rng.choice(["triggerPrice", "stopPrice"])] = rng.choice([49000, 0.4, 60000.25])
        if exchange == "bybit" and kind == "swap":
            params["triggerDirection"] = rng.choice(["above", "below", "ascending", "descending"])
    elif pick < 0.5:
        params["stopLossPrice"] = rng.choice([49000, 0.4, 60000.25])
    elif pick < 0.6:
        params["takeProfitPrice"] = rng.choice([49000, 0.4, 60000.25])
    elif pick < 0.65 and exchange == "bybit":
        params["stopLoss"] = {"triggerPrice": 49000}
        params["takeProfit"] = {"triggerPrice": 70000, "price": 70001}
    elif pick < 0.7 and kind == "swap":
        params["hedged"] = True
        if rng.random() < 0.5:
            params["reduceOnly"] = True
    elif pick < 0.75 and kind == "swap" and exchange == "binance":
        params["trailingPercent"] = 1.5
    elif pick < 0.75 and kind == "swap" and exchange == "bybit":
        params["trailingAmount"] = 50
    elif pick < 0.8 and kind == "spot" and order_type == "market":
        params["cost"] = 12.5
    elif pick < 0.85:
        params["someExchangeWord"] = "x"
    with_price = order_type == "limit" or rng.random() < 0.3
    return "createOrder", [symbol, order_type, side, amount, price if with_price else None, params]


def account_calls(exchange):
    calls = []
    for symbols in SYMBOLS.values():
        symbol = symbols[0]
        calls += [("cancelOrder", ["123", symbol]), ("fetchOpenOrders", [symbol]), ("fetchMyTrades", [symbol]),
                  ("cancelAllOrders", [symbol]),
                  ("fetchClosedOrders" if exchange == "bybit" else "fetchOrders", [symbol, None, 10]),
                  ("fetchTradingFee", [symbol])]
        if exchange == "bybit":
            calls += [("fetchOpenOrder", ["123", symbol])]
        else:
            calls += [("fetchOrder", ["123", symbol])]
        if exchange == "binance":
            calls += [("cancelOrder", ["1", symbol, {"clientOrderId": "abc"}]),
                      ("fetchOrder", ["1", symbol, {"clientOrderId": "abc"}])]
    # With a time, ccxt adds an end to it for derivatives.
    calls += [("fetchMyTrades", [SYMBOLS["spot"][0], 1700000000000, 5])]
    swap = SYMBOLS["swap"][0]
    calls += [("fetchBalance", [])]
    if exchange != "mexc":
        calls += [("setLeverage", [5, swap]), ("setMarginMode", ["isolated", swap]), ("setPositionMode", [True, swap]),
                  ("fetchOpenOrders", [swap, None, None, {"trigger": True}])]
    if exchange == "binance":
        calls += [("fetchPositions", []), ("cancelOrder", ["123", swap, {"trigger": True}])]
        calls += [("setMarginMode", ["cross", swap]), ("fetchPositionMode", [swap]), ("fetchFundingHistory", [swap]),
                  ("cancelAllOrders", [swap, {"trigger": True}]), ("fetchOrder", ["9", swap, {"trigger": True}])]
    return calls


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    rng = random.Random(seed)
    for name in ["binance", "bybit", "mexc"]:
        exchange = open_exchange(name)
        calls = account_calls(name) + [draw_order(rng, name) for _ in range(count // 3)]
        for method, arguments in calls:
            snake = exchange.un_camel_case(method)
            case = {"exchange": name, "method": method, "input": arguments,
                    "precision": {"price": STEPS["price"], "amount": STEPS["amount"]}}
            exchange.taken = None
            try:
                getattr(exchange, snake)(*arguments)
            except Taken:
                pass
            except ccxt.BaseError as error:
                case["refused"] = type(error).__name__ + ": " + str(error)
            if exchange.taken:
                case.update(exchange.taken)
            print(json.dumps(case))


main()
