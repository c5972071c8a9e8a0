"""The same cross with other programs: EMA 12/26, both sides, 0.06 % fees, filled at the next open. usage: peers.py CSV ROUNDS"""
import sys
import time
import warnings

warnings.simplefilter("ignore")
import numpy as np
import pandas as pd
import talib

path, rounds = sys.argv[1], int(sys.argv[2])
data = pd.read_csv(path)
data.index = pd.to_datetime(data.pop("ts_ms"), unit="ms")


def row(name, seconds, trades):
    print(f"{name:<44} {len(data):>10} {seconds:>9.3f} {len(data) / seconds:>12.0f} {seconds / len(data) * 1e9:>9.0f}  {trades} trades", flush=True)


def vectorbt():
    import vectorbt as vbt

    def go():
        close = data.close.to_numpy()
        f, s = talib.EMA(close, 12), talib.EMA(close, 26)
        up, down = np.zeros(len(data), bool), np.zeros(len(data), bool)
        up[1:], down[1:] = (f[1:] > s[1:]) & (f[:-1] <= s[:-1]), (f[1:] < s[1:]) & (f[:-1] >= s[:-1])
        enter, leave = np.roll(up, 1), np.roll(down, 1)
        enter[0] = leave[0] = False
        return vbt.Portfolio.from_signals(data.close, entries=pd.Series(enter, data.index), short_entries=pd.Series(leave, data.index),
                                          price=data.open, size=1.0, fees=0.0006, init_cash=1e8, freq="1min", upon_opposite_entry="reverse")

    begun = time.process_time()
    go()
    cold = time.process_time() - begun
    warm, full = [], []
    for _ in range(max(3, rounds)):
        begun = time.process_time()
        portfolio = go()
        warm.append(time.process_time() - begun)
        portfolio.stats()
        full.append(time.process_time() - begun)
    row("vectorbt, warm", min(warm), portfolio.trades.count())
    row("vectorbt, warm, with its statistics", min(full), portfolio.trades.count())
    row("vectorbt, first call", cold, portfolio.trades.count())


def backtesting():
    import backtesting
    from backtesting import Backtest, Strategy
    backtesting._tqdm = lambda x, **k: x

    class Cross(Strategy):
        def init(self):
            self.f, self.s = self.I(talib.EMA, self.data.Close, 12), self.I(talib.EMA, self.data.Close, 26)

        def next(self):
            if self.f[-1] > self.s[-1] and self.f[-2] <= self.s[-2]:
                self.buy(size=1)
            elif self.f[-1] < self.s[-1] and self.f[-2] >= self.s[-2]:
                self.sell(size=1)

    frame = data.set_axis(["Open", "High", "Low", "Close", "Volume"], axis=1)
    test = Backtest(frame, Cross, cash=1e8, commission=0.0006, exclusive_orders=True, finalize_trades=True)
    begun = time.process_time()
    result = test.run()
    row("backtesting.py", time.process_time() - begun, result["# Trades"])


for peer in (vectorbt, backtesting):
    try:
        peer()
    except Exception as error:  # a peer that does not run today is no reason to stop
        print(f"{peer.__name__}: did not run: {error}")
