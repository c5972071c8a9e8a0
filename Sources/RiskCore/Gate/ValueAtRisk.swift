public import TradingModel

/// What a portfolio may lose: over which horizon, with which confidence, and how much of it is allowed.
public struct ValueAtRiskRules: Hashable, Sendable {
    /// The share of cases that lose no more than the value at risk.
    public enum Confidence: String, Sendable, CaseIterable {
        case ninety = "90"
        case ninetyFive = "95"
        case ninetySevenAndAHalf = "97.5"
        case ninetyNine = "99"

        /// In thousandths: counted, not approximated.
        var perMille: Int {
            switch self {
            case .ninety: 900
            case .ninetyFive: 950
            case .ninetySevenAndAHalf: 975
            case .ninetyNine: 990
            }
        }

        /// Quantile z of the standard normal distribution, and its density there over the tail's probability.
        var normal: (quantile: Double, tailMean: Double) {
            switch self {
            case .ninety: (1.281_551_565_544_600_8, 1.754_983_319_324_867_8)
            case .ninetyFive: (1.644_853_626_951_471_5, 2.062_712_807_507_429)
            case .ninetySevenAndAHalf: (1.959_963_984_540_053_6, 2.337_802_792_201_415_5)
            case .ninetyNine: (2.326_347_874_040_840_8, 2.665_214_220_345_806)
            }
        }
    }

    public var confidence = Confidence.ninetyFive
    /// Whose candles the returns are taken of.
    public var timeframe = Timeframe.oneHour
    /// The horizon in such candles; a loss grows with its square root.
    public var horizonCandles = 24
    /// With fewer returns a symbol counts as unmeasured: with the whole loss at its stop.
    public var minimumReturns = 48
    /// Largest value at risk and largest mean loss beyond it, as shares of equity; 0 asks for none.
    public var limit: Ratio = .hundredths(20)
    public var tailLimit: Ratio = .hundredths(30)

    public init() {}
}

/// The figures of one portfolio, as shares of equity, at least 0.
public struct ValueAtRisk: Hashable, Sendable {
    /// From the losses that the present positions would have made.
    public var historical: Double = 0
    public var historicalTail: Double = 0
    /// From their standard deviation around 0, normally distributed.
    public var parametric: Double = 0
    public var parametricTail: Double = 0
    /// How many returns they rest on; 0 where every symbol is unmeasured.
    public var returns = 0
    /// Symbols that count with the loss at their stop.
    public var unmeasured: [Symbol] = []

    /// The worse of both methods, rounded up to 12 decimals: what is held against the limit.
    public var loss: Ratio { Self.share(max(historical, parametric)) }
    public var tailLoss: Ratio { Self.share(max(historicalTail, parametricTail)) }

    private static func share(_ value: Double) -> Ratio {
        Ratio(rounding: min(max(value, 0), 1_000_000), .up) ?? Ratio(1_000_000)
    }

    /// One position, open or about to be.
    struct Holding: Hashable, Sendable {
        var symbol: Symbol
        /// Over equity, positive for long.
        var weight: Double
        /// What its stop would cost, over equity.
        var lossAtStop: Double

        /// A position at a price; without a stop all of its value can be lost.
        init(_ symbol: Symbol, side: PositionSide, quantity: Quantity, price: Price, stop: Price, equity: Money) {
            self.symbol = symbol
            let notional = Money.notional(price, quantity).double
            let capital = max(equity.double, .leastNormalMagnitude)
            weight = Double(side.sign) * notional / capital
            let distance = stop.isPositive ? (price.double - stop.double) * Double(side.sign) : price.double
            lossAtStop = max(0, distance) * quantity.double / capital
        }
    }

    /// Takes the returns of each symbol over the candles they all have. O(candles × holdings).
    static func of(
        _ holdings: [Holding], rules: ValueAtRiskRules, returns: [Symbol: ReturnSeries]
    ) -> ValueAtRisk {
        var figures = ValueAtRisk()
        var known: [(weight: Double, series: ReturnSeries)] = []
        var rest = 0.0
        for holding in holdings {
            if let series = returns[holding.symbol], series.count > rules.minimumReturns {
                known.append((holding.weight, series))
            } else {
                rest += holding.lossAtStop
                figures.unmeasured.append(holding.symbol)
            }
        }
        let losses = portfolioLosses(known)
        if losses.count >= rules.minimumReturns, !losses.isEmpty {
            figures.measure(losses, rules)
        } else if !known.isEmpty {
            // Series that do not overlap say nothing together.
            rest = holdings.reduce(0) { $0 + $1.lossAtStop }
            figures.unmeasured = holdings.map(\.symbol)
        }
        figures.historical += rest
        figures.historicalTail += rest
        figures.parametric += rest
        figures.parametricTail += rest
        return figures
    }

    /// The loss of each candle that all series have.
    private static func portfolioLosses(_ known: [(weight: Double, series: ReturnSeries)]) -> [Double] {
        var bounds: (start: MarketTime, end: MarketTime)?
        for one in known {
            guard let first = one.series.times.first, let last = one.series.times.last else { continue }
            bounds = bounds.map { (max($0.start, first), min($0.end, last)) } ?? (first, last)
        }
        guard let (start, end) = bounds else { return [] }
        var losses: [Double] = []
        for (weight, series) in known {
            let range = series.indices(from: start, through: end)
            guard !range.isEmpty else { return [] }
            if losses.isEmpty { losses = Array(repeating: 0, count: range.count) }
            guard losses.count == range.count else { return [] }
            losses.withUnsafeMutableBufferPointer { losses in
                series.returns.withUnsafeBufferPointer { returns in
                    for index in 0..<losses.count { losses[index] -= weight * returns[range.lowerBound + index] }
                }
            }
        }
        return losses
    }

    private mutating func measure(_ losses: [Double], _ rules: ValueAtRiskRules) {
        returns = losses.count
        let scale = Double(max(1, rules.horizonCandles)).squareRoot()
        // The smallest loss that at least the wanted share of cases does not exceed, and all that are larger.
        let rank = max(1, (losses.count * rules.confidence.perMille + 999) / 1_000)
        let tail = Self.largest(losses.count - rank + 1, of: losses)
        historical = max(0, (tail.first ?? 0) * scale)
        historicalTail = max(0, tail.reduce(0, +) / Double(tail.count) * scale)
        let deviation = (losses.reduce(0) { $0 + $1 * $1 } / Double(losses.count)).squareRoot()
        let normal = rules.confidence.normal
        parametric = normal.quantile * deviation * scale
        parametricTail = normal.tailMean * deviation * scale
    }

    /// The largest `count` of the values, rising: the end of the sorted list without sorting the rest. O(n · count) at worst,
    /// and far from it where few values are still larger than those found.
    private static func largest(_ count: Int, of values: [Double]) -> [Double] {
        var found = Array(values.prefix(count)).sorted()
        guard count > 0, count < values.count else { return found }
        found.withUnsafeMutableBufferPointer { found in
            for value in values[count...] where value > found[0] {
                // Out goes the smallest; what is smaller than the value moves down.
                var place = 0
                while place + 1 < count, found[place + 1] < value {
                    found[place] = found[place + 1]
                    place += 1
                }
                found[place] = value
            }
        }
        return found
    }
}
