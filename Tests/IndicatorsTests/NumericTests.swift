import Indicators
import Testing
import TradingModel

/// Figures that rounding could spoil after years of data, after a flash crash, or in a market that stands still.
struct `numeric traps` {
    /// Candles with rare flash crashes and volumes a billion times the usual, which is what leaves residues.
    private func roughWalk(_ count: Int) throws -> [Bar] {
        var bars = try walk(count, seed: 99)
        for index in stride(from: 997, to: count - 200, by: 4_999) {
            let bar = bars[index]
            bars[index] = try Bar(
                openTime: bar.openTime, open: bar.open, high: bar.high * 1e3, low: bar.low / 1e3,
                close: bar.close / 1e3,
                volume: 1e9)
        }
        return bars
    }

    @Test func `a windowed indicator after a long run equals one that began a window ago`() throws {
        let bars = try roughWalk(100_000)
        let recent = Array(bars.suffix(150))
        func last<I: StreamingIndicator>(_ fresh: I, _ input: (Bar) -> I.Input) -> (I.Output?, I.Output?) {
            var long = fresh
            var short = fresh
            for bar in bars { long.update(input(bar)) }
            for bar in recent { short.update(input(bar)) }
            return (long.value, short.value)
        }
        let average = last(SMA(20)) { $0.close }
        #expect(isNear(average.0, average.1))
        let bands = last(BollingerBands(20)) { $0.close }
        #expect(isNear(bands.0?.middle, bands.1?.middle) && isNear(bands.0?.deviation, bands.1?.deviation))
        let flow = last(MFI(14)) { $0 }
        #expect(isNear(flow.0, flow.1))
        let vwap = last(VWAP(96)) { $0 }
        #expect(isNear(vwap.0?.mean, vwap.1?.mean) && isNear(vwap.0?.deviation, vwap.1?.deviation))
        let line = last(LinearRegression(20)) { $0.close }
        #expect(isNear(line.0, line.1))
        let momentum = last(SqueezeMomentum(20)) { $0 }
        #expect(isNear(momentum.0, momentum.1))
        let stochastic = last(Stochastic()) { $0 }
        #expect(isNear(stochastic.0?.d, stochastic.1?.d))
        let percentile = last(RollingPercentile(100, fraction: 0.9)) { $0.close }
        #expect(percentile.0 == percentile.1)
    }

    @Test func `deviations agree with two passes over the window right through a flash crash`() throws {
        let bars = try roughWalk(6_200)
        let bands = BollingerBands(20).series(bars.map(\.close))
        let vwap = VWAP(96).series(bars)
        for t in 95..<bars.count {
            let closes = bars[(t - 19)...t].map(\.close)
            let mean = closes.reduce(0, +) / 20
            let deviation = (closes.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20).squareRoot()
            let scale = bars[t].close
            #expect(abs((bands[t]?.deviation ?? .nan) - deviation) <= 1e-9 * max(deviation, scale), "bands at \(t)")
            let window = bars[(t - 95)...t]
            let volume = window.reduce(0) { $0 + $1.volume }
            let paid = window.reduce(0) { $0 + $1.typicalPrice * $1.volume } / volume
            let square =
                window.reduce(0) { $0 + $1.volume * ($1.typicalPrice - paid) * ($1.typicalPrice - paid) } / volume
            #expect(isNear(vwap[t]?.mean, paid, 1e-10), "vwap at \(t)")
            #expect(
                abs((vwap[t]?.deviation ?? .nan) - square.squareRoot()) <= 1e-9 * max(square.squareRoot(), scale),
                "at \(t)")
        }
    }

    @Test func `a deviation far smaller than the way the price has come keeps its digits`() throws {
        // From 1 to a million, where it trembles by a thousandth: what is left of the way must not drown the trembling.
        let prices: [Double] = (0..<300).map { t in (t < 150 ? 1 : 1e6) + (t % 2 == 0 ? 0 : 0.001) }
        let bands = BollingerBands(20).series(prices)
        let vwap = VWAP(96).series(try still(prices))
        for t in 175..<prices.count { #expect(isNear((bands[t]?.deviation ?? .nan) * 2_000, 1, 1e-6), "bands at \(t)") }
        for t in 250..<prices.count { #expect(isNear((vwap[t]?.deviation ?? .nan) * 2_000, 1, 1e-6), "vwap at \(t)") }
    }

    @Test func `a market that stands still has no deviation, no momentum and is exactly at its average`() throws {
        var bars = try walk(500, seed: 12)
        let price = 0.1 + 0.2
        for index in 0..<40 { bars.append(try bar(price, price, price, minute: 500 + index)) }
        for period in 2...40 { #expect(SMA(period).series(bars.map(\.close)).last == price, "over \(period)") }
        // Here a sum divided by its count is off by the last bit.
        #expect(0.7 * 48 / 48 != 0.7)
        #expect(SMA(48).series(Array(repeating: 0.7, count: 48)).last == 0.7)
        let bands = BollingerBands(20).series(bars.map(\.close)).last ?? nil
        #expect(bands?.middle == price && bands?.deviation == 0)
        #expect(SqueezeMomentum(20).series(bars).last == 0)
        #expect(MFI(14).series(bars).last == 0)
        #expect(CCI(20).series(bars).last == 0)
        let stochastic = Stochastic().series(bars).last ?? nil
        #expect(stochastic?.k == 0 && stochastic?.d == 0)
    }

    @Test func `extremes equal a search of the window, ages included`() throws {
        let highs = try walk(2_000, seed: 13).map(\.high)
        for window in [1, 2, 3, 14, 200] {
            var maximum = RollingMaximum(window)
            var minimum = RollingMinimum(window)
            for t in highs.indices {
                maximum.update(highs[t])
                minimum.update(highs[t])
                let seen = highs[max(0, t - window + 1)...t]
                let isFull = t >= window - 1
                #expect(maximum.value == (isFull ? seen.max() : nil))
                #expect(minimum.value == (isFull ? seen.min() : nil))
                #expect(t - maximum.age == seen.lastIndex(of: seen.max() ?? .nan))
                #expect(t - minimum.age == seen.lastIndex(of: seen.min() ?? .nan))
            }
        }
    }

    @Test func `the percentile equals that of the sorted window`() throws {
        let closes = try walk(1_500, seed: 14).map(\.close)
        for (window, fraction) in [(500, 0.9), (7, 0.5), (2, 1.0), (3, 0.0)] {
            let values = RollingPercentile(window, fraction: fraction).series(closes)
            for t in closes.indices {
                guard t >= window - 1 else {
                    #expect(values[t] == nil)
                    continue
                }
                let sorted = closes[(t - window + 1)...t].sorted()
                let place = fraction * Double(window - 1)
                let below = min(Int(place), window - 2)
                let expected = sorted[below] + (place - Double(below)) * (sorted[below + 1] - sorted[below])
                #expect(isNear(values[t], expected))
            }
        }
    }

    @Test func `each indicator is first defined where its definition says`() throws {
        let bars = try walk(150, seed: 15)
        func first<I: StreamingIndicator>(_ indicator: I, _ input: (Bar) -> I.Input) -> Int? {
            indicator.series(bars.map(input)).firstIndex { $0 != nil }
        }
        #expect(first(SMA(20)) { $0.close } == 19 && first(EMA(26)) { $0.close } == 25)
        #expect(first(RSI(14)) { $0.close } == 14 && first(MACD()) { $0.close } == 33)
        #expect(first(TrueRange()) { $0 } == 1 && first(ATR(14)) { $0 } == 14 && first(ADX(14)) { $0 } == 14)
        #expect(ADX(14).series(bars).firstIndex { $0?.adx != nil } == 27)
        #expect(first(BollingerBands(20)) { $0.close } == 19 && first(MFI(14)) { $0 } == 14 && first(OBV()) { $0 } == 0)
        #expect(first(ParabolicSAR()) { $0 } == 1 && first(Stochastic()) { $0 } == 17 && first(CCI(20)) { $0 } == 19)
        #expect(first(ROC(10)) { $0.close } == 10 && first(WilliamsR(14)) { $0 } == 13 && first(Aroon(14)) { $0 } == 14)
        #expect(first(Supertrend(multiplier: 3, period: 18)) { $0 } == 18)
        #expect(first(KeltnerChannel(20, rangePeriod: 10)) { $0 } == 19 && first(DonchianChannel(20)) { $0 } == 20)
        let cloud = Ichimoku().series(bars)
        #expect(cloud.firstIndex { $0?.tenkan != nil } == 8 && cloud.firstIndex { $0?.kijun != nil } == 25)
        #expect(cloud.firstIndex { $0?.spanA != nil } == 50 && cloud.firstIndex { $0?.spanB != nil } == 76)
        #expect(first(VWAP(96)) { $0 } == 95 && first(SqueezeMomentum(20)) { $0 } == 38)
    }
}
