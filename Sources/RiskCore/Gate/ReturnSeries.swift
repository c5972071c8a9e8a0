import TradingModel

/// The closes of a symbol without a hole, with the returns between them: what is measured on many series at once.
///
/// The returns are worked out once, when a candle closes, and not with every question that is asked of them.
struct ReturnSeries: Hashable, Sendable {
    /// From when each close was known, rising.
    private(set) var times: [MarketTime] = []
    private(set) var closes: [Double] = []
    /// `returns[i]` leads from close `i` to close `i + 1`.
    private(set) var returns: [Double] = []
    /// Another number after every change, whichever symbol's series it is.
    private(set) var version = 0

    init() {}

    init(_ points: [ClosePoint], version: Int = 0) {
        for point in points { take(point, keeping: points.count, version: version) }
    }

    var count: Int { closes.count }

    /// Takes in the next close, which is later than the last, and drops the oldest but `count`.
    mutating func take(_ point: ClosePoint, keeping count: Int, version: Int) {
        if let last = closes.last { returns.append(point.close / last - 1) }
        times.append(point.time)
        closes.append(point.close)
        self.version = version
        guard closes.count > count, closes.count > 1 else { return }
        times.removeFirst()
        closes.removeFirst()
        returns.removeFirst()
    }

    /// The returns between the closes known from `start` to `end`. O(log n).
    func indices(from start: MarketTime, through end: MarketTime) -> Range<Int> {
        let first = firstIndex { $0 >= start }
        let last = firstIndex { $0 > end } - 1
        return last > first ? first..<last : first..<first
    }

    /// The first close whose time fulfils what holds for all later ones too.
    private func firstIndex(where isReached: (MarketTime) -> Bool) -> Int {
        var (low, high) = (0, times.count)
        while low < high {
            let middle = (low + high) / 2
            if isReached(times[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

/// A close with the time from which on it was known.
struct ClosePoint: Hashable, Sendable {
    var time: MarketTime
    var close: Double

    init(_ candle: Candle) {
        time = candle.closeTime
        close = candle.close.double
    }

    init(time: MarketTime, close: Double) {
        self.time = time
        self.close = close
    }
}

/// How two series move together.
enum Correlation {
    /// Pearson's coefficient of the returns over the candles both have; `nil` with fewer than `minimum` of them or where
    /// one does not move. O(returns).
    static func of(_ a: ReturnSeries, _ b: ReturnSeries, minimum: Int) -> Double? {
        guard let startA = a.times.first, let startB = b.times.first, let endA = a.times.last, let endB = b.times.last
        else { return nil }
        let (start, end) = (max(startA, startB), min(endA, endB))
        let (inA, inB) = (a.indices(from: start, through: end), b.indices(from: start, through: end))
        guard inA.count == inB.count, inA.count >= max(2, minimum) else { return nil }
        return a.returns.withUnsafeBufferPointer { x in
            b.returns.withUnsafeBufferPointer { y in
                coefficient(UnsafeBufferPointer(rebasing: x[inA]), UnsafeBufferPointer(rebasing: y[inB]))
            }
        }
    }

    private static func coefficient(_ x: UnsafeBufferPointer<Double>, _ y: UnsafeBufferPointer<Double>) -> Double? {
        var (sumX, sumY) = (0.0, 0.0)
        for index in x.indices {
            sumX += x[index]
            sumY += y[index]
        }
        let (meanX, meanY) = (sumX / Double(x.count), sumY / Double(x.count))
        var (xx, yy, xy) = (0.0, 0.0, 0.0)
        for index in x.indices {
            let (dx, dy) = (x[index] - meanX, y[index] - meanY)
            xx += dx * dx
            yy += dy * dy
            xy += dx * dy
        }
        guard xx > 0, yy > 0 else { return nil }
        return xy / (xx * yy).squareRoot()
    }
}

/// The coefficients that were worked out, kept until one of the two series has changed.
struct CorrelationMemory: Hashable, Sendable {
    private struct Pair: Hashable {
        var first: Symbol
        var second: Symbol
    }
    private struct Entry: Hashable {
        var first: Int
        var second: Int
        var coefficient: Double?
    }
    /// Pairs kept; beyond that all are forgotten.
    private static let capacity = 20_000
    private var entries: [Pair: Entry] = [:]

    /// ``Correlation/of(_:_:minimum:)`` of two symbols' series.
    mutating func coefficient(
        _ a: Symbol, _ b: Symbol, in returns: [Symbol: ReturnSeries], minimum: Int
    ) -> Double? {
        guard let x = returns[a], let y = returns[b] else { return nil }
        let pair = a < b ? Pair(first: a, second: b) : Pair(first: b, second: a)
        let (first, second) = a < b ? (x.version, y.version) : (y.version, x.version)
        if let known = entries[pair], known.first == first, known.second == second { return known.coefficient }
        if entries.count >= Self.capacity { entries.removeAll(keepingCapacity: true) }
        let coefficient = Correlation.of(x, y, minimum: minimum)
        entries[pair] = Entry(first: first, second: second, coefficient: coefficient)
        return coefficient
    }
}

/// What wins and loses together with a position in one symbol.
struct CorrelatedGroup {
    /// The others, without the symbol itself.
    var symbols: [Symbol] = []
    /// Of all of them, the symbol itself included.
    var margin: Money = .zero

    /// Two symbols without enough common history count as one: nothing is known that would tell them apart.
    static func of(
        _ symbol: Symbol, _ side: PositionSide, among holdings: [ValueAtRisk.Holding], margins: [Symbol: Money],
        returns: [Symbol: ReturnSeries], limits: RiskLimits, memory: inout CorrelationMemory
    ) -> CorrelatedGroup {
        let threshold = limits.correlationThreshold.double
        let minimum = limits.valueAtRisk.minimumReturns
        var group = CorrelatedGroup()
        group.margin = margins[symbol] ?? .zero
        for holding in holdings where holding.symbol != symbol {
            let together = memory.coefficient(symbol, holding.symbol, in: returns, minimum: minimum)
            let isOpposed = (holding.weight < 0) != (side == .short)
            guard together.map({ (isOpposed ? -$0 : $0) >= threshold }) ?? true else { continue }
            group.symbols.append(holding.symbol)
            group.margin += margins[holding.symbol] ?? .zero
        }
        return group
    }
}
