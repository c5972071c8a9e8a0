import Indicators
import Testing
import TradingModel

/// What must hold for every indicator, whatever it computes.
struct `every indicator` {
    /// Runs one check for each indicator over bars, and for each over closes.
    private func forEach(_ check: (any ErasedCheck) throws -> Void) rethrows {
        let checks: [any ErasedCheck] = [
            Check("SMA", SMA(20)) { $0.close }, Check("EMA", EMA(12)) { $0.close },
            Check("WilderAverage", WilderAverage(14)) { $0.close }, Check("RSI", RSI(14)) { $0.close },
            Check("MACD", MACD()) { $0.close }, Check("BollingerBands", BollingerBands(20)) { $0.close },
            Check("BollingerBands.sample", BollingerBands(20, deviation: .sample)) { $0.typicalPrice },
            Check("ROC", ROC(10)) { $0.close }, Check("Delay", Delay(7)) { $0.close },
            Check("LinearRegression", LinearRegression(20)) { $0.close },
            Check("RollingMaximum", RollingMaximum(20)) { $0.high },
            Check("RollingMinimum", RollingMinimum(20)) { $0.low },
            Check("RollingPercentile", RollingPercentile(50, fraction: 0.9)) { $0.close },
            Check("TrueRange", TrueRange()) { $0 }, Check("ATR", ATR(14)) { $0 }, Check("ADX", ADX(14)) { $0 },
            Check("MFI", MFI(14)) { $0 }, Check("OBV", OBV()) { $0 }, Check("ParabolicSAR", ParabolicSAR()) { $0 },
            Check("Stochastic", Stochastic()) { $0 }, Check("WilliamsR", WilliamsR(14)) { $0 },
            Check("CCI", CCI(20)) { $0 },
            Check("Aroon", Aroon(14)) { $0 }, Check("RollingRange", RollingRange(14)) { $0 },
            Check("Supertrend", Supertrend(multiplier: 3, period: 10)) { $0 },
            Check("KeltnerChannel", KeltnerChannel(20, rangePeriod: 10)) { $0 },
            Check("DonchianChannel", DonchianChannel(20)) { $0 }, Check("Ichimoku", Ichimoku()) { $0 },
            Check("VWAP", VWAP(96)) { $0 }, Check("SqueezeMomentum", SqueezeMomentum(20)) { $0 },
        ]
        for one in checks { try check(one) }
    }

    @Test func `previews what its update then returns, and the preview changes nothing`() throws {
        let (bars, others) = (try walk(400, seed: 1), try walk(400, seed: 2))
        forEach { #expect($0.previewIsHarmless(bars, others), "\($0.name)") }
    }

    @Test func `gives the same in one batch as candle by candle`() throws {
        let bars = try walk(400, seed: 3)
        forEach { #expect($0.batchEqualsStream(bars), "\($0.name)") }
    }

    @Test func `gives the same as plain numbers, NaN where it is undefined`() throws {
        let bars = try walk(400, seed: 9)
        let closes = bars.map(\.close)
        func same(_ a: [Double], _ b: [Double?]) -> Bool {
            a.count == b.count && zip(a, b).allSatisfy { $1.map { [a = $0] b in a == b } ?? $0.isNaN }
        }
        #expect(same(RSI(14).numbers(closes), RSI(14).series(closes)))
        #expect(same(EMA(12).numbers(closes), EMA(12).series(closes)))
        #expect(same(ATR(14).numbers(bars), ATR(14).series(bars)))
        #expect(same(ADX(14).numbers(bars), ADX(14).series(bars).map { $0?.adx }))
        let (macd, lines) = (MACD().numbers(closes), MACD().series(closes))
        #expect(same(macd.macd, lines.map { $0?.macd }) && same(macd.signal, lines.map { $0?.signal }))
        #expect(same(macd.histogram, lines.map { $0?.histogram }))
        let (bands, values) = (BollingerBands(20).numbers(closes, k: 3), BollingerBands(20).series(closes))
        #expect(same(bands.upper, values.map { $0?.upper(3) }) && same(bands.lower, values.map { $0?.lower(3) }))
        #expect(same(bands.middle, values.map { $0?.middle }))
    }

    @Test func `gives the same at a candle whatever comes after it`() throws {
        let (bars, others) = (try walk(400, seed: 4), try walk(400, seed: 5))
        forEach { #expect($0.prefixIsIndependent(bars, others), "\($0.name)") }
    }

    @Test func `is a value: a copy that goes another way does not disturb it`() throws {
        let (bars, others) = (try walk(400, seed: 6), try walk(400, seed: 7))
        forEach { #expect($0.copiesAreIndependent(bars, others), "\($0.name)") }
    }

    @Test func `stays finite on prices as small as a millionth of a cent and on dead candles`() throws {
        let bars = try walk(600, seed: 8, around: 1e-8)
        forEach { #expect($0.isFinite(bars), "\($0.name)") }
    }

    @Test func `stays finite in a market that stands still`() throws {
        let bars = try still(Array(repeating: 0.1, count: 300), volumes: Array(repeating: 0, count: 300))
        forEach { #expect($0.isFinite(bars), "\($0.name)") }
    }
}

/// One indicator with the figure of a bar it reads.
private protocol ErasedCheck {
    var name: String { get }
    func previewIsHarmless(_ bars: [Bar], _ others: [Bar]) -> Bool
    func batchEqualsStream(_ bars: [Bar]) -> Bool
    func prefixIsIndependent(_ bars: [Bar], _ others: [Bar]) -> Bool
    func copiesAreIndependent(_ bars: [Bar], _ others: [Bar]) -> Bool
    func isFinite(_ bars: [Bar]) -> Bool
}

private struct Check<Indicator: StreamingIndicator>: ErasedCheck where Indicator.Output: Hashable {
    let name: String
    let fresh: Indicator
    let input: (Bar) -> Indicator.Input

    init(_ name: String, _ fresh: Indicator, _ input: @escaping (Bar) -> Indicator.Input) {
        self.name = name
        self.fresh = fresh
        self.input = input
    }

    private func stream(_ bars: [Bar]) -> [Indicator.Output?] {
        var indicator = fresh
        return bars.map { bar in
            let returned = indicator.update(input(bar))
            return returned == indicator.value ? returned : nil
        }
    }

    func previewIsHarmless(_ bars: [Bar], _ others: [Bar]) -> Bool {
        let expected = stream(bars)
        var indicator = fresh
        for (index, bar) in bars.enumerated() {
            let before = indicator.value
            _ = indicator.preview(input(others[index]))
            guard indicator.value == before, indicator.preview(input(bar)) == expected[index] else { return false }
            guard indicator.update(input(bar)) == expected[index] else { return false }
        }
        return expected.contains { $0 != nil }
    }

    func batchEqualsStream(_ bars: [Bar]) -> Bool {
        fresh.series(bars.map(input)) == stream(bars)
    }

    func prefixIsIndependent(_ bars: [Bar], _ others: [Bar]) -> Bool {
        let whole = stream(bars)
        return [1, 50, 137, 250].allSatisfy { cut in
            Array(stream(Array(bars[..<cut] + others[cut...]))[..<cut]) == Array(whole[..<cut])
        }
    }

    func copiesAreIndependent(_ bars: [Bar], _ others: [Bar]) -> Bool {
        let expected = stream(bars)
        var indicator = fresh
        for (index, bar) in bars.enumerated() {
            var copy = indicator
            for other in others[index..<min(index + 5, others.count)] { copy.update(input(other)) }
            guard indicator.update(input(bar)) == expected[index] else { return false }
        }
        return true
    }

    func isFinite(_ bars: [Bar]) -> Bool {
        stream(bars).allSatisfy { value in
            guard let value else { return true }
            return !"\(value)".contains("nan") && !"\(value)".contains("inf")
        }
    }
}
