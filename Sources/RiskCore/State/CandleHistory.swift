import TradingModel

/// The latest closed candles of every series, contiguous: what conditions and value at risk are measured on.
struct CandleHistory: Sendable {
    /// Candles kept a series.
    static let capacity = 500

    private var series: [CandleSeries: [Candle]] = [:]
    /// What feed has been asked for and not yet told.
    var awaited: Set<CandleSeries> = []
    /// The closes of the timeframe that value at risk is measured on, with the returns between them.
    private(set) var returns: [Symbol: ReturnSeries] = [:]
    private var versions = 0
    let measured: Timeframe

    init(measured: Timeframe) { self.measured = measured }

    /// Takes in the next candle; `false` where it is not newer than the last. What lies before a hole is dropped.
    mutating func take(_ candle: Candle) -> Bool {
        let key = CandleSeries(candle.symbol, candle.timeframe)
        if let last = series[key]?.last {
            guard candle.openTime > last.openTime else { return false }
            if candle.openTime != last.closeTime {
                series[key]?.removeAll(keepingCapacity: true)
                if candle.timeframe == measured { returns[candle.symbol] = nil }
            }
        }
        series[key, default: []].append(candle)
        if candle.timeframe == measured {
            versions += 1
            returns[candle.symbol, default: ReturnSeries()].take(
                ClosePoint(candle), keeping: Self.capacity + 1, version: versions)
        }
        // Dropping half as many again at once keeps appending cheap.
        if let count = series[key]?.count, count > Self.capacity * 3 / 2 {
            series[key]?.removeFirst(count - Self.capacity)
        }
        return true
    }

    /// Takes in what feed remembers of a series; what was heard since stays where it is newer.
    mutating func merge(_ candles: [Candle], _ symbol: Symbol, _ timeframe: Timeframe) {
        let key = CandleSeries(symbol, timeframe)
        awaited.remove(key)
        var byTime: [MarketTime: Candle] = [:]
        for candle in candles + (series[key] ?? []) where candle.symbol == symbol && candle.timeframe == timeframe {
            byTime[candle.openTime] = candle
        }
        let sorted = byTime.values.sorted { $0.openTime < $1.openTime }
        var start = sorted.count - 1
        while start > 0, sorted[start - 1].closeTime == sorted[start].openTime { start -= 1 }
        let whole = Array(sorted[max(0, start)...].suffix(Self.capacity))
        series[key] = whole
        if timeframe == measured {
            versions += 1
            returns[symbol] = ReturnSeries(whole.map(ClosePoint.init), version: versions)
        }
    }

    /// Forgets everything: another market is played.
    mutating func clear() {
        series = [:]
        returns = [:]
    }

    /// Oldest first, without a hole.
    func candles(_ symbol: Symbol, _ timeframe: Timeframe) -> ArraySlice<Candle> {
        (series[CandleSeries(symbol, timeframe)] ?? []).suffix(Self.capacity)
    }
}
