import Indicators
public import TradingModel

/// The indicators of one series that a prompt shows, kept up with every candle in constant time.
public struct MarketPanel: Sendable {
    /// Values of a series in the prompt.
    public static let seriesLength = 10
    /// Candles after which every indicator is warm.
    public static let warmUp = 60

    public let timeframe: Timeframe
    public private(set) var last: Candle?
    private var closes: [Price] = []
    private var strengths: [Double] = []
    private var fast = EMA(12)
    private var slow = EMA(26)
    private var trend = EMA(50)
    private var strength = RSI(14)
    private var macd = MACD()
    private var bands = BollingerBands(20)
    private var range = ATR(14)
    private var direction = ADX(14)
    private var volume = SMA(20)
    private var lastVolume = 0.0

    public init(timeframe: Timeframe) { self.timeframe = timeframe }

    /// Takes the next closed candle; `false` for one that is not newer, of another timeframe, or impossible. A hole starts the
    /// indicators anew.
    @discardableResult
    public mutating func take(_ candle: Candle) -> Bool {
        guard candle.timeframe == timeframe, let bar = try? Bar(candle) else { return false }
        if let last {
            guard candle.openTime > last.openTime else { return false }
            if candle.openTime > last.openTime + timeframe.span { self = MarketPanel(timeframe: timeframe) }
        }
        last = candle
        push(candle.close, into: &closes)
        fast.update(bar.close)
        slow.update(bar.close)
        trend.update(bar.close)
        if let value = strength.update(bar.close) { push(value, into: &strengths) }
        macd.update(bar.close)
        bands.update(bar.close)
        range.update(bar)
        direction.update(bar)
        volume.update(bar.volume)
        lastVolume = bar.volume
        return true
    }

    private func push<T>(_ value: T, into series: inout [T]) {
        if series.count == Self.seriesLength { series.removeFirst() }
        series.append(value)
    }

    /// What the prompt shows of it.
    public var brief: TimeframeBrief {
        var readings: [Reading] = []
        func add(_ name: String, _ value: Double?) { if let value { readings.append(Reading(name, value)) } }
        add("RSI(14)", strength.value)
        add("EMA(12)", fast.value)
        add("EMA(26)", slow.value)
        add("EMA(50)", trend.value)
        add("MACD", macd.value?.macd)
        add("MACD signal", macd.value?.signal)
        add("MACD histogram", macd.value?.histogram)
        add("Bollinger upper", bands.value?.upper(2))
        add("Bollinger lower", bands.value?.lower(2))
        add("ATR(14)", range.value)
        add("ADX(14)", direction.adx)
        if let average = volume.value, average > 0 { add("volume/average(20)", lastVolume / average) }
        return TimeframeBrief(timeframe: timeframe, closes: closes, rsi: strengths, readings: readings)
    }
}
