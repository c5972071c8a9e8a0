import Glibc
import Indicators
import TradingModel

/// RSI14, EMA12, EMA26, MACD, BB20, ATR14 and ADX14 over the candles of a file of raw doubles (open, high, low, close a
/// candle), candle by candle and in one batch; prints nanoseconds of processor time a candle, best of the rounds.
@main
enum Bench {
    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count == 3, let rounds = Int(arguments[2]), let bars = read(arguments[1]) else {
            write(
                2, "usage: quartet-bench-indicators CANDLES.f64 ROUNDS\n",
                "usage: quartet-bench-indicators CANDLES.f64 ROUNDS\n".utf8.count)
            exit(2)
        }
        let closes = bars.map(\.close)
        var checks = (stream: 0.0, batch: 0.0)
        let stream = best(rounds, bars.count) { checks.stream = streaming(bars) }
        let batch = best(rounds, bars.count) { checks.batch = batches(bars, closes) }
        print("streaming\t\(stream)\nbatch\t\(batch)")
        guard checks.stream == checks.batch else {
            write(
                2, "the batch gives \(checks.batch), candle by candle \(checks.stream)\n",
                "the batch gives \(checks.batch), candle by candle \(checks.stream)\n".utf8.count)
            exit(1)
        }
    }

    private static func streaming(_ bars: [Bar]) -> Double {
        var (rsi, fast, slow, macd) = (RSI(14), EMA(12), EMA(26), MACD())
        var (bands, range, directional) = (BollingerBands(20), ATR(14), ADX(14))
        for bar in bars {
            rsi.update(bar.close)
            fast.update(bar.close)
            slow.update(bar.close)
            macd.update(bar.close)
            bands.update(bar.close)
            range.update(bar)
            directional.update(bar)
        }
        return (rsi.value ?? 0) + (fast.value ?? 0) + (slow.value ?? 0) + (macd.value?.signal ?? 0)
            + (bands.value?.upper(2) ?? 0) + (range.value ?? 0) + (directional.adx ?? 0)
    }

    /// Each result is let go before the next is made, as the other side does it.
    private static func batches(_ bars: [Bar], _ closes: [Double]) -> Double {
        let last = bars.count - 1
        var sum = RSI(14).numbers(closes)[last]
        sum += EMA(12).numbers(closes)[last]
        sum += EMA(26).numbers(closes)[last]
        sum += MACD().numbers(closes).signal[last]
        sum += BollingerBands(20).numbers(closes).upper[last]
        sum += ATR(14).numbers(bars)[last]
        return sum + ADX(14).numbers(bars)[last]
    }

    private static func best(_ rounds: Int, _ count: Int, _ body: () -> Void) -> Double {
        var best = Double.infinity
        for _ in 0..<rounds {
            let start = processorTime()
            body()
            best = min(best, (processorTime() - start) / Double(count))
        }
        return best
    }

    private static func processorTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }

    private static func read(_ path: String) -> [Bar]? {
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        var bars: [Bar] = []
        var row = [Double](repeating: 0, count: 4)
        while fread(&row, 8, 4, file) == 4 {
            let openTime = MarketTime(micros: Int64(bars.count + 1) * 60_000_000)
            guard
                let bar = try? Bar(
                    openTime: openTime, open: row[0], high: row[1], low: row[2], close: row[3], volume: 1)
            else { return nil }
            bars.append(bar)
        }
        return bars.isEmpty ? nil : bars
    }
}
