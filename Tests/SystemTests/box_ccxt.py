#!/usr/bin/env python3
"""ccxt, which knows nothing of us, trades at the exchange in a box: spot and USDⓈ-M.

    pip install ccxt && python3 box_ccxt.py

It loads markets, candles, tickers, books, trades and funding, then places, queries, cancels and reads back, and holds what
it has understood against the box's own truth, to the last digit.
"""
import sys
from decimal import Decimal

try:
    import ccxt
except ImportError as error:
    print(f"skipped: {error}", flush=True)
    sys.exit(77)

from box import Box, KEY, SECRET, check

TIMEFRAMES = ["1m", "3m", "5m", "15m", "30m", "1h", "4h"]


def client(box, kind):
    exchange = ccxt.binance({
        "apiKey": KEY, "secret": SECRET, "timeout": 60_000, "enableRateLimit": False,
        "options": {
            "defaultType": kind, "fetchMarkets": {"types": ["spot", "linear"]}, "fetchCurrencies": False,
            "adjustForTimeDifference": True, "recvWindow": 60_000,
        },
    })
    for name, address in list(exchange.urls["api"].items()):
        if isinstance(address, str):
            for real in ("https://api.binance.com", "https://fapi.binance.com"):
                address = address.replace(real, f"http://127.0.0.1:{box.port}")
            exchange.urls["api"][name] = address
    return exchange


def market_data(box, exchange, symbol, base):
    markets = exchange.load_markets()
    check(len([m for m in markets.values() if m["active"]]) == 6, f"ccxt sees {list(markets)}")
    rules = markets[symbol]
    check(rules["precision"]["price"] == 0.1 and rules["precision"]["amount"] == 0.001, f"the steps are {rules['precision']}")
    for timeframe in TIMEFRAMES:
        seen = exchange.fetch_ohlcv(symbol, timeframe, limit=500)
        real = box.get(base + "/klines", symbol="BTCUSDT", interval=timeframe, limit=500)
        check(len(seen) == 500, f"{len(seen)} candles of {timeframe}")
        # The last one is forming and may have gone on in between.
        for row, truth in list(zip(seen, real))[1:-1]:
            numbers = [truth[0]] + [float(x) for x in truth[1:6]]
            check(row == numbers or row[0] != truth[0], f"{timeframe}: ccxt has {row}, the box {truth}")
    ticker = exchange.fetch_ticker(symbol)
    check(ticker["last"] > 0 and ticker["high"] >= ticker["low"], f"the ticker is {ticker}")
    check(len(exchange.fetch_tickers()) == 3, "not every symbol has a ticker")
    book = exchange.fetch_order_book(symbol, 20)
    check(book["bids"][0][0] < book["asks"][0][0] and len(book["bids"]) == 20, "the book is crossed or short")
    check(len(exchange.fetch_trades(symbol)) > 0, "there are no trades")
    check(exchange.fetch_bids_asks([symbol])[symbol]["bid"] > 0, "there is no best bid")
    return ticker["last"]


def order_life(box, exchange, symbol, market, last):
    price = round(last * 0.95, 1)
    order = exchange.create_order(symbol, "limit", "buy", 0.01, price, {"newClientOrderId": f"{market}-1"})
    check(order["status"] == "open" and order["clientOrderId"] == f"{market}-1", f"the order is {order}")
    found = exchange.fetch_order(order["id"], symbol)
    check((found["price"], found["amount"], found["filled"]) == (price, 0.01, 0), f"read back: {found}")
    check([o["id"] for o in exchange.fetch_open_orders(symbol)] == [order["id"]], "it is not among the open orders")
    check(exchange.cancel_order(order["id"], symbol)["status"] == "canceled", "it is not cancelled")
    check(exchange.fetch_open_orders(symbol) == [], "something is still open")
    try:
        exchange.cancel_order(order["id"], symbol)
        check(False, "an order was cancelled twice")
    except ccxt.OrderNotFound:
        pass
    try:
        exchange.create_order(symbol, "limit", "buy", 9_000, price)
        check(False, "an order beyond all money was taken")
    except ccxt.InsufficientFunds:
        pass
    except ccxt.ExchangeError as error:
        # ccxt tells the codes of futures by the real address.
        check("-2019" in str(error), f"an order beyond all money is refused with {error}")
    bought = exchange.create_order(symbol, "market", "buy", 0.02)
    check(bought["status"] == "closed" and bought["filled"] == 0.02, f"the market order is {bought}")
    trades = exchange.fetch_my_trades(symbol)
    truth = [f for f in box.get("/admin/state", part="fills")["fills"] if f["market"] == market]
    seen = [(t["id"], Decimal(t["info"]["price"]), Decimal(t["info"]["qty"]), Decimal(t["info"]["commission"])) for t in trades]
    real = [(str(f["trade_id"]), Decimal(f["price"]), Decimal(f["quantity"]), Decimal(f["fee"])) for f in truth]
    check(seen == real and seen, f"ccxt has the fills {seen}, the box {real}")
    return bought


def spot(box):
    exchange = client(box, "spot")
    last = market_data(box, exchange, "BTC/USDT", "/api/v3")
    order_life(box, exchange, "BTC/USDT", "spot", last)
    stop = exchange.create_order(
        "BTC/USDT", "limit", "sell", 0.01, round(last * 0.9, 1), {"stopLossPrice": round(last * 0.91, 1)})
    check(exchange.fetch_order(stop["id"], "BTC/USDT")["status"] == "open", "the stop does not wait")
    exchange.cancel_all_orders("BTC/USDT")
    balance = exchange.fetch_balance()
    truth = box.get("/admin/state", part="balances")["balances"]["spot"]
    for asset in ("BTC", "USDT"):
        told = next(b for b in balance["info"]["balances"] if b["asset"] == asset)
        check(Decimal(told["free"]) == Decimal(truth[asset]["free"]), f"{asset}: ccxt has {told}, the box {truth[asset]}")


def futures(box):
    exchange = client(box, "swap")
    symbol = "BTC/USDT:USDT"
    last = market_data(box, exchange, symbol, "/fapi/v1")
    check(abs(exchange.fetch_funding_rate(symbol)["fundingRate"]) < 0.001, "the funding rate is none")
    check(len(exchange.fetch_funding_rate_history(symbol, limit=10)) == 10, "there is no past of the funding rate")
    check(exchange.set_leverage(10, symbol)["leverage"] == 10, "the leverage is not set")
    order_life(box, exchange, symbol, "usdm", last)
    (position,) = exchange.fetch_positions([symbol])
    (truth,) = box.get("/admin/state", part="positions")["positions"]
    check(Decimal(position["info"]["positionAmt"]) == Decimal(truth["quantity"]), f"{position} against {truth}")
    check(Decimal(position["info"]["entryPrice"]) == Decimal(truth["entry_price"]), f"{position} against {truth}")
    stop = exchange.create_order(
        symbol, "market", "sell", 0.02, None, {"stopLossPrice": round(last * 0.9, 1), "reduceOnly": True})
    waiting = exchange.fetch_open_orders(symbol, params={"trigger": True})
    check([o["id"] for o in waiting] == [stop["id"]], f"the stop {stop} is not among {waiting}")
    exchange.cancel_order(stop["id"], symbol, {"trigger": True})
    closed = exchange.create_order(symbol, "market", "sell", 0.02, None, {"reduceOnly": True})
    check(closed["status"] == "closed", f"the closing order is {closed}")
    check(exchange.fetch_positions([symbol]) == [], "the position is still there")
    balance = exchange.fetch_balance()
    truth = box.get("/admin/state", part="balances")["balances"]["usdm"]["USDT"]
    told = next(b for b in balance["info"]["assets"] if b["asset"] == "USDT")
    check(Decimal(told["walletBalance"]) == Decimal(truth["wallet"]), f"ccxt has {told}, the box {truth}")


def main():
    box = Box("--symbols", "BTC/USDT,ETH/USDT,SOL/USDT", "--tick", "250", "--look-back", "600")
    spot(box)
    futures(box)
    check(box.stop() == 0, "the box ends with another status than 0")
    print(f"ccxt {ccxt.__version__} trades at the box: spot and USDⓈ-M agree with its truth", flush=True)


main()
