import Indicators
import TradingModel

/// A condition with what has been measured for it so far; one for each plan.
///
/// A measure is known at a moment only if its last candle is the one that closed last by then: a condition over two
/// timeframes is not answered half with the candle before, and a hole makes the measure unknown until it is warm again.
struct InvalidationWatch: Sendable {
    let condition: Invalidation
    private var gauges: [Gauge]
    private var closes: [MarketTime]
    private var values: [MeasuredValue?]

    init(_ condition: Invalidation) {
        self.condition = condition
        gauges = condition.measures.map(Gauge.init)
        closes = condition.measures.map { _ in .distantPast }
        values = condition.measures.map { _ in nil }
    }

    /// Measures a closed candle; candles of one timeframe come in order.
    mutating func take(_ candle: Candle) {
        for (index, measure) in condition.measures.enumerated() where measure.timeframe == candle.timeframe {
            if closes[index] > .distantPast, candle.openTime != closes[index] {
                guard candle.openTime > closes[index] else { continue }
                gauges[index] = Gauge(measure)
            }
            values[index] = gauges[index].take(candle)
            closes[index] = candle.closeTime
        }
    }

    /// Whether the condition holds for the candles that had closed at `time`; `nil` where that is not known.
    func holds(at time: MarketTime, funding: FundingRate?) -> Bool? {
        condition.holds { index in
            let measure = condition.measures[index]
            guard let timeframe = measure.timeframe else {
                return funding.map { .exact($0.rate.raw) }
            }
            return closes[index] <= time && time < closes[index] + timeframe.span ? values[index] : nil
        }
    }

    /// What would still be unknown after the next candle: measures that are not warm.
    func unmeasured(funding: FundingRate?) -> [Measure] {
        condition.measures.enumerated().filter { index, measure in
            if measure.name == .funding { return funding == nil }
            return !measure.name.isWarmAtOnce && values[index] == nil
        }.map(\.element)
    }
}

/// One measure being taken.
private enum Gauge: Sendable {
    /// What a single candle shows.
    case shown(Measure.Name)
    case sma(SMA)
    case ema(EMA)
    case rsi(RSI)
    case directional(ADX, Measure.Name)
    case atr(ATR)
    case cci(CCI)
    case mfi(MFI)
    case roc(ROC)
    case williamsR(WilliamsR)

    init(_ measure: Measure) {
        switch measure.name {
        case .close, .open, .high, .low, .volume, .funding: self = .shown(measure.name)
        case .sma: self = .sma(SMA(measure.period))
        case .ema: self = .ema(EMA(measure.period))
        case .rsi: self = .rsi(RSI(measure.period))
        case .adx, .plusDI, .minusDI: self = .directional(ADX(measure.period), measure.name)
        case .atr: self = .atr(ATR(measure.period))
        case .cci: self = .cci(CCI(measure.period))
        case .mfi: self = .mfi(MFI(measure.period))
        case .roc: self = .roc(ROC(measure.period))
        case .williamsR: self = .williamsR(WilliamsR(measure.period))
        }
    }

    mutating func take(_ candle: Candle) -> MeasuredValue? {
        if case .shown(let name) = self {
            return switch name {
            case .open: .exact(candle.open.raw)
            case .high: .exact(candle.high.raw)
            case .low: .exact(candle.low.raw)
            case .volume: .exact(candle.volume.raw)
            default: .exact(candle.close.raw)
            }
        }
        // A candle no market can have printed measures nothing.
        guard let bar = try? Bar(candle) else { return nil }
        return computed(bar).map(MeasuredValue.computed)
    }

    private mutating func computed(_ bar: Bar) -> Double? {
        switch self {
        case .shown: return nil
        case .sma(var gauge):
            defer { self = .sma(gauge) }
            return gauge.update(bar.close)
        case .ema(var gauge):
            defer { self = .ema(gauge) }
            return gauge.update(bar.close)
        case .rsi(var gauge):
            defer { self = .rsi(gauge) }
            return gauge.update(bar.close)
        case .directional(var gauge, let name):
            defer { self = .directional(gauge, name) }
            let output = gauge.update(bar)
            return name == .adx ? output?.adx : name == .plusDI ? output?.plusDI : output?.minusDI
        case .atr(var gauge):
            defer { self = .atr(gauge) }
            return gauge.update(bar)
        case .cci(var gauge):
            defer { self = .cci(gauge) }
            return gauge.update(bar)
        case .mfi(var gauge):
            defer { self = .mfi(gauge) }
            return gauge.update(bar)
        case .roc(var gauge):
            defer { self = .roc(gauge) }
            return gauge.update(bar.close)
        case .williamsR(var gauge):
            defer { self = .williamsR(gauge) }
            return gauge.update(bar)
        }
    }
}
