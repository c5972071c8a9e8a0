/// The slow stochastic: where the close stands in the range of the last candles, smoothed twice, 0…100.
///
/// fast = `100 · (C - min L)/(max H - min L)` over `period` candles, 0 if the range is 0; %K = SMA of it, %D = SMA of
/// %K. Both are first defined at `period + slowing + signal - 3`, as in TA-Lib. Lane.
public struct Stochastic: StreamingIndicator {
    public struct Output: Hashable, Sendable {
        public let k: Double
        public let d: Double
    }

    public private(set) var value: Output?
    private var range: RollingRange
    private var slow: SMA
    private var signal: SMA

    public init(_ period: Int = 14, slowing: Int = 3, signal: Int = 3) {
        range = RollingRange(period)
        slow = SMA(slowing)
        self.signal = SMA(signal)
    }

    @discardableResult
    public mutating func update(_ bar: Bar) -> Output? {
        guard let range = range.update(bar) else { return nil }
        let height = range.high - range.low
        let fast = height == 0 ? 0 : 100 * ((bar.close - range.low) / height)
        guard let k = slow.update(fast), let d = signal.update(k) else { return nil }
        value = Output(k: k, d: d)
        return value
    }
}

/// Williams' %R: `-100 · (max H - C)/(max H - min L)`, -100…0; 0 if the range is 0.
///
/// First defined at `period - 1`. Williams, *How I Made One Million Dollars … Trading Commodities*, 1973.
public struct WilliamsR: StreamingIndicator {
    public private(set) var value: Double?
    private var range: RollingRange

    public init(_ period: Int) { range = RollingRange(period) }

    @discardableResult
    public mutating func update(_ bar: Bar) -> Double? {
        guard let range = range.update(bar) else { return nil }
        let height = range.high - range.low
        value = height == 0 ? 0 : -100 * ((range.high - bar.close) / height)
        return value
    }
}

/// The commodity channel index: `(TP - m)/(0.015 · mean |TP_i - m|)` with m = SMA of the typical price; 0 if the
/// deviation is 0.
///
/// First defined at `period - 1`. O(period) an update: the mean absolute deviation moves with m for every value of
/// the window. Lambert, *Commodity Channel Index*, 1980.
public struct CCI: StreamingIndicator {
    public let period: Int
    public private(set) var value: Double?
    private var mean: SMA
    private var ring: Ring

    public init(_ period: Int) {
        self.period = period
        mean = SMA(period)
        ring = Ring(period)
    }

    @discardableResult
    public mutating func update(_ bar: Bar) -> Double? {
        let typical = bar.typicalPrice
        _ = ring.push(typical)
        guard let mean = mean.update(typical) else { return nil }
        var distances = 0.0
        for x in ring.storage { distances += abs(x - mean) }
        let deviation = distances / Double(period)
        value = deviation == 0 ? 0 : (typical - mean) / (0.015 * deviation)
        return value
    }
}

/// The rate of change: `(C / C[t - period] - 1) · 100`, in percent. First defined at index `period`.
public struct ROC: StreamingIndicator {
    public private(set) var value: Double?
    private var past: Delay

    public init(_ period: Int) { past = Delay(period) }

    @discardableResult
    public mutating func update(_ close: Double) -> Double? {
        guard let before = past.update(close) else { return nil }
        value = (close / before - 1) * 100
        return value
    }
}

/// Aroon up and down: how new the highest high and the lowest low of the last `period + 1` candles are, 0…100.
///
/// `100 · (period - age) / period`; of equal extremes the newest counts. First defined at index `period`. Chande, 1995.
public struct Aroon: StreamingIndicator {
    public struct Output: Hashable, Sendable {
        public let up: Double
        public let down: Double
    }

    public let period: Int
    public private(set) var value: Output?
    private var range: RollingRange

    public init(_ period: Int) {
        self.period = period
        range = RollingRange(period + 1)
    }

    @discardableResult
    public mutating func update(_ bar: Bar) -> Output? {
        guard range.update(bar) != nil else { return nil }
        let ages = range.ages
        value = Output(
            up: 100 * Double(period - ages.high) / Double(period),
            down: 100 * Double(period - ages.low) / Double(period))
        return value
    }
}
