/// The Keltner channel: EMA(period) of closes ± k · ATR(rangePeriod).
///
/// First defined at `max(period - 1, rangePeriod)`. Keltner, *How to Make Money in Commodities*, 1960, as revised by
/// Raschke.
public struct KeltnerChannel: StreamingIndicator {
    public struct Output: Hashable, Sendable {
        public let middle: Double
        public let averageTrueRange: Double

        /// `middle + k · ATR`.
        public func upper(_ k: Double) -> Double { middle + k * averageTrueRange }
        /// `middle - k · ATR`.
        public func lower(_ k: Double) -> Double { middle - k * averageTrueRange }
    }

    public private(set) var value: Output?
    private var average: EMA
    private var range: ATR

    public init(_ period: Int, rangePeriod: Int) {
        average = EMA(period)
        range = ATR(rangePeriod)
    }

    /// The middle line alone, which may be defined earlier than the channel.
    public var middle: Double? { average.value }

    @discardableResult
    public mutating func update(_ bar: Bar) -> Output? {
        let middle = average.update(bar.close)
        let range = range.update(bar)
        guard let middle, let range else { return nil }
        value = Output(middle: middle, averageTrueRange: range)
        return value
    }
}

/// The Donchian channel: highest high and lowest low of the `period` candles **before** this one.
///
/// First defined at index `period`. Donchian; Faith, *Way of the Turtle*, 2007.
public struct DonchianChannel: StreamingIndicator {
    public private(set) var value: RollingRange.Output?
    private var range: RollingRange

    public init(_ period: Int) { range = RollingRange(period) }

    @discardableResult
    public mutating func update(_ bar: Bar) -> RollingRange.Output? {
        value = range.value
        range.update(bar)
        return value
    }
}

/// The Ichimoku lines as visible at this candle: tenkan, kijun and the two spans of the cloud drawn ahead earlier.
///
/// tenkan and kijun are `(max H + min L) / 2` over their periods. Span A = (tenkan + kijun)/2 and span B = (max H +
/// min L)/2 over the long period, both as of `displacement - 1` candles ago: 26 ahead with the own candle counted as
/// the first. The lagging span looks ahead and is not computed. First defined: periods minus 1, spans
/// `displacement - 1` later. Hosoda.
public struct Ichimoku: StreamingIndicator {
    public struct Output: Hashable, Sendable {
        public let tenkan: Double?
        public let kijun: Double?
        public let spanA: Double?
        public let spanB: Double?
    }

    public private(set) var value: Output?
    private var conversion: RollingRange
    private var base: RollingRange
    private var long: RollingRange
    private var delayA: Delay
    private var delayB: Delay

    public init(conversion: Int = 9, base: Int = 26, long: Int = 52, displacement: Int = 26) {
        precondition(displacement >= 2, "the cloud is displaced by at least one candle besides its own")
        self.conversion = RollingRange(conversion)
        self.base = RollingRange(base)
        self.long = RollingRange(long)
        delayA = Delay(displacement - 1)
        delayB = Delay(displacement - 1)
    }

    public var isWarm: Bool { value?.spanA != nil && value?.spanB != nil }

    @discardableResult
    public mutating func update(_ bar: Bar) -> Output? {
        let tenkan = conversion.update(bar)?.middle
        let kijun = base.update(bar)?.middle
        var (spanA, spanB): (Double?, Double?)
        if let tenkan, let kijun { spanA = delayA.update((tenkan + kijun) / 2) }
        if let middle = long.update(bar)?.middle { spanB = delayB.update(middle) }
        guard tenkan != nil || kijun != nil else { return nil }
        value = Output(tenkan: tenkan, kijun: kijun, spanA: spanA, spanB: spanB)
        return value
    }
}
