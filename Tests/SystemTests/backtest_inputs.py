"""Bad candle files and bad words: quartet backtest answers each with one clear sentence, or says in a remark what it left out.

usage: backtest_inputs.py
"""
from harness import *

HEADER = "ts_ms,open,high,low,close,volume\n"
START = 1_700_000_100_000


def row(i, o=100.0, h=101.0, l=99.0, c=100.5, v=5.0):
    return f"{START + i * 300_000},{o},{h},{l},{c},{v}\n"


GOOD = [row(i) for i in range(400)]
# name, file's text, further arguments, exit status, words that the sentence must hold
CASES = [
    ("empty", "", [], 1, "header"),
    ("only a header", HEADER, [], 1, "no candles"),
    ("one candle", HEADER + GOOD[0], [], 0, "one candle"),
    ("gaps", HEADER + "".join(GOOD[:100] + GOOD[130:]), [], 0, "30 candles are missing in 1 gaps"),
    ("duplicates", HEADER + "".join(GOOD[:50] + GOOD[49:]), [], 0, "1 rows repeat"),
    ("conflicting", HEADER + "".join(GOOD[:50] + [row(49, c=100.7)] + GOOD[50:]), [], 0, "with other values"),
    ("unsorted", HEADER + "".join(GOOD[:100] + GOOD[110:] + GOOD[100:110]), [], 0, "out of order"),
    ("zero price", HEADER + "".join(GOOD[:50] + [row(50, l=0)] + GOOD[51:]), [], 0, "low is 0"),
    ("negative price", HEADER + "".join(GOOD[:50] + [row(50, l=-3)] + GOOD[51:]), [], 0, "low is -3"),
    ("only zero prices", HEADER + "".join(row(i, 0, 0, 0, 0) for i in range(60)), [], 1, "no candle that can be used"),
    ("NaN", HEADER + "".join(GOOD[:50] + [row(50, c="NaN")] + GOOD[51:]), [], 1, ":52:"),
    ("infinite", HEADER + "".join(GOOD[:50] + [row(50, h="inf")] + GOOD[51:]), [], 1, ":52:"),
    ("words", HEADER + "hello\n", [], 1, ":2:"),
    ("low above high", HEADER + "".join(GOOD[:50] + [row(50, l=102)] + GOOD[51:]), [], 0, "above its high"),
    ("no such strategy", HEADER + "".join(GOOD), ["--strategy", "moonshot"], 1, "no strategy \"moonshot\""),
    ("no such timeframe", HEADER + "".join(GOOD), ["--timeframe", "7m"], 2, "7m"),
    ("too fine a timeframe", HEADER + "".join(GOOD), ["--timeframe", "1m"], 1, "finer"),
    ("range without candles", HEADER + "".join(GOOD), ["--from", "2031-01-01"], 1, "no candles from"),
    ("range backwards", HEADER + "".join(GOOD), ["--from", "2025-02-01", "--to", "2025-01-01"], 2, "not after"),
    ("no moment", HEADER + "".join(GOOD), ["--from", "yesterday"], 1, "no moment"),
]


def main():
    work = Path(tempfile.mkdtemp(prefix="inputs-", dir="/tmp"))
    env = {k: v for k, v in os.environ.items() if not k.startswith("QUARTET_")}
    try:
        for name, text, arguments, status, words in CASES:
            path = work / "BTCUSDT.csv"
            path.write_text(text)
            done = subprocess.run([BIN / "quartet", "backtest", "--symbol", f"BTC/USDT={path}", *arguments], env=env, cwd=work,
                                  capture_output=True, text=True, timeout=60)
            said = done.stderr if status else done.stdout
            if done.returncode != status:
                fail(f"{name}: ended with {done.returncode} instead of {status}: {done.stdout[-500:]}{done.stderr[-500:]}")
            if words not in said:
                fail(f"{name}: \"{words}\" is not in what was said: {said[-800:]}")
            if status == 1 and len([line for line in done.stderr.splitlines() if line.strip()]) != 1:
                fail(f"{name}: more than one sentence: {done.stderr}")
        done = subprocess.run([BIN / "quartet", "backtest", "--symbol", "BTC/USDT=/nowhere.csv"], env=env, cwd=work, capture_output=True, text=True)
        if done.returncode != 1 or "/nowhere.csv" not in done.stderr:
            fail(f"a file that is not there: {done.returncode} {done.stderr}")
        print(f"PASSED: {len(CASES) + 1} bad inputs answered")
    finally:
        shutil.rmtree(work, ignore_errors=True)


main()
