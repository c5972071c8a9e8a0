public import Indicators
public import StrategyCore
public import TradingModel

/// An honesty check of one strategy on one series: does what it says at a candle depend on candles after it, and is its
/// history long enough to have forgotten where it began?
///
/// *Look-ahead.* What the strategy says of each candle is written down once for the whole series. Then it is asked again,
/// with the series cut off at several places, with another market after the cut, and with everything moved to another year.
/// Whatever it said before the cut must be said again, the same; a rule that was told the future, in whatever way, says
/// something else in at least one of them.
///
/// *Warm-up.* It is started at several later candles. After the number of candles it asks for at start its signals must be
/// those of the run that began at the beginning.
public struct StrategyAudit: Sendable {
    public struct Finding: Hashable, Sendable {
        public enum Kind: String, Sendable { case lookAhead = "look_ahead", warmUp = "warm_up", unstable, refused }
        public var kind: Kind
        public var at: MarketTime
        /// One sentence.
        public var sentence: String
    }

    public let strategy: String
    public let candles: Int
    /// Candles at which it says anything.
    public let signals: Int
    /// Candles it asks for at start.
    public let load: Int
    /// The most candles any later start needed until it never again differed; absent where no start was long enough.
    public let settledAfter: Int?
    public let findings: [Finding]
    public var isHonest: Bool { findings.isEmpty }

    /// Distance by which everything is moved: whole weeks, so that the calendar of a day is the same.
    private static let shift = Span.hours(24 * 7 * 52)

    /// Audits a strategy that has seen nothing. `bars` ascend in time. O(bars · places).
    public init(_ prototype: any Strategy, on bars: [Bar], places: Int = 8) {
        strategy = prototype.id
        candles = bars.count
        load = prototype.load
        var findings: [Finding] = []
        let whole = Self.trace(prototype, bars[...], &findings)
        signals = whole.count { $0.map { !$0.actions.isEmpty } ?? false }
        var settled: Int?
        if findings.isEmpty, bars.count > prototype.warmUp + 2 {
            let cuts = (1...places).map { bars.count * $0 / (places + 1) }
            for cut in cuts where cut > prototype.warmUp {
                Self.check(prototype, bars, whole, cut: cut, &findings)
                if !findings.isEmpty { break }
            }
            if findings.isEmpty { Self.checkShift(prototype, bars, whole, &findings) }
            if findings.isEmpty {
                for cut in cuts where bars.count - cut > prototype.load + 50 {
                    let needed = Self.checkStart(prototype, bars, whole, from: cut, &findings)
                    settled = max(settled ?? 0, needed)
                }
            }
        }
        settledAfter = settled
        self.findings = findings
    }

    /// What the strategy says of each candle.
    private static func trace(
        _ prototype: any Strategy, _ bars: ArraySlice<Bar>, _ findings: inout [Finding]
    ) -> [StrategyConditions?] {
        var strategy: any Strategy = restarted(prototype)
        var said: [StrategyConditions?] = []
        said.reserveCapacity(bars.count)
        for bar in bars {
            do throws(BarError) {
                try strategy.onCandle(bar)
            } catch {
                findings.append(Finding(kind: .refused, at: bar.openTime, sentence: "a candle was refused: \(error)"))
                return said
            }
            said.append(strategy.conditions(at: bar.openTime))
        }
        return said
    }

    private static func restarted(_ strategy: any Strategy) -> any Strategy { strategy.restarted() }

    /// With the series cut off, and with another market after the cut.
    private static func check(
        _ prototype: any Strategy, _ bars: [Bar], _ whole: [StrategyConditions?], cut: Int, _ findings: inout [Finding]
    ) {
        let alone = trace(prototype, bars[..<cut], &findings)
        compare(
            alone, whole[..<cut], bars, .lookAhead, &findings
        ) {
            "the series cut off after \(bars[cut - 1].openTime) makes it say \($1) at \($0), with what came after it said \($2)"
        }
        guard findings.isEmpty else { return }
        let turned = bars[..<cut] + mirrored(bars[cut...], around: bars[cut - 1].close)
        let other = trace(prototype, turned[...], &findings)
        compare(
            Array(other.prefix(cut)), whole[..<cut], bars, .lookAhead, &findings
        ) {
            "another market after \(bars[cut - 1].openTime) makes it say \($1) at \($0), with the real one it said \($2)"
        }
    }

    private static func checkShift(
        _ prototype: any Strategy, _ bars: [Bar], _ whole: [StrategyConditions?], _ findings: inout [Finding]
    ) {
        let moved = bars.compactMap { bar in
            try? Bar(
                openTime: bar.openTime + shift, open: bar.open, high: bar.high, low: bar.low, close: bar.close,
                volume: bar.volume)
        }
        compare(trace(prototype, moved[...], &findings), whole[...], bars, .lookAhead, &findings) {
            "the same prices a year later make it say \($1) at \($0) instead of \($2): it looks prices up by their time"
        }
    }

    /// Returns after how many candles of a later start nothing differed any more.
    private static func checkStart(
        _ prototype: any Strategy, _ bars: [Bar], _ whole: [StrategyConditions?], from start: Int,
        _ findings: inout [Finding]
    ) -> Int {
        let later = trace(prototype, bars[start...], &findings)
        var last = 0
        for (offset, said) in later.enumerated() {
            guard said != nil || offset >= prototype.load, words(said) != words(whole[start + offset]) else { continue }
            last = offset + 1
            if offset >= prototype.load, findings.isEmpty {
                findings.append(
                    Finding(
                        kind: .warmUp, at: bars[start + offset].openTime,
                        sentence:
                            "started at \(bars[start].openTime) it still says \(words(said)) instead of \(words(whole[start + offset])) after \(offset) candles, and it asks for \(prototype.load)"
                    ))
            }
        }
        return last
    }

    private static func compare(
        _ a: [StrategyConditions?], _ b: ArraySlice<StrategyConditions?>, _ bars: [Bar], _ kind: Finding.Kind,
        _ findings: inout [Finding], _ sentence: (MarketTime, String, String) -> String
    ) {
        for (index, (one, other)) in zip(a, b).enumerated() where one != other {
            let time = bars[index].openTime
            findings.append(Finding(kind: kind, at: time, sentence: sentence(time, words(one), words(other))))
            return
        }
    }

    /// Prices turned over at a level: what rose falls as much.
    private static func mirrored(_ bars: ArraySlice<Bar>, around level: Double) -> [Bar] {
        bars.compactMap { bar in
            let square = level * level
            return try? Bar(
                openTime: bar.openTime, open: square / bar.open, high: square / bar.low, low: square / bar.high,
                close: square / bar.close, volume: bar.volume)
        }
    }

    private static func words(_ conditions: StrategyConditions?) -> String {
        guard let conditions else { return "nothing yet" }
        let actions = conditions.actions.map(\.rawValue)
        return actions.isEmpty ? "nothing" : actions.joined(separator: " and ")
    }
}

extension Backtest {
    /// Audits every strategy on every series it reads, in their order.
    public func audits(places: Int = 8) throws(ParameterError) -> [(key: SeriesKey, audit: StrategyAudit)] {
        var result: [(key: SeriesKey, audit: StrategyAudit)] = []
        for choice in setup.strategy.strategies {
            let prototype = try StrategyCatalog.make(id: choice.id, parameters: choice.parameters)
            let timeframe = choice.timeframe ?? type(of: prototype).timeframe
            for index in tracks.indices {
                guard let table = tables.first(where: { $0.track == index && $0.table.timeframe == timeframe })?.table
                else { continue }
                let bars = (0..<table.count).compactMap { try? Bar(table[$0]) }
                let key = SeriesKey(symbol: tracks[index].symbol, timeframe: timeframe)
                result.append((key, StrategyAudit(prototype, on: bars, places: places)))
            }
        }
        return result
    }
}
