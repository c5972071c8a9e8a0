public import TradingModel
import Venues

/// Candles of one symbol to play, oldest first; those before the start are its history.
public struct BoxRecording: Sendable {
    public var symbol: Symbol
    public var instrument: Instrument
    public var candles: [Candle]

    public init(symbol: Symbol, instrument: Instrument, candles: [Candle]) {
        self.symbol = symbol
        self.instrument = instrument
        self.candles = candles
    }

    /// With rules made of the candles: the tick and lot of the catalogue where all prices and volumes lie on them, else the
    /// smallest decimal places seen, so that each candle can come out as it was. A lot is at least 10⁻⁸.
    public init(symbol: Symbol, candles: [Candle]) {
        let volumeStep = max(BoxRecording.step(candles.map(\.volume)), Quantity(raw: Quantity.scale / 100_000_000))
        var rules = InferredInstrument.make(
            symbol, venue: .simulated,
            priceStep: BoxRecording.step(candles.flatMap { [$0.open, $0.high, $0.low, $0.close] }),
            volumeStep: volumeStep)
        if !volumeStep.isMultiple(of: rules.lotSize) {
            rules = InstrumentCatalog.instrument(
                symbol, venue: .simulated, tickSize: rules.tickSize, lotSize: volumeStep,
                minNotional: rules.minNotional, maxLeverage: rules.maxLeverage)
        }
        self.init(symbol: symbol, instrument: rules, candles: candles)
    }

    /// The smallest power of ten that all values are multiples of, at most 1.
    private static func step<Number: FixedPoint>(_ values: [Number]) -> Number {
        var raw = Number.scale
        for value in values { while raw > 1, value.raw % raw != 0 { raw /= 10 } }
        return Number(raw: raw)
    }
}

/// A key of the exchange's one account and what it may do.
public struct BoxKey: Hashable, Sendable {
    public var key: String
    public var secret: String
    public var mayTrade = true
    public var mayTradeFutures = true
    public var mayWithdraw = false

    public init(key: String, secret: String) {
        self.key = key
        self.secret = secret
    }

    /// The key that is there where nobody names another. It opens nothing but a simulated exchange.
    public static let standard = BoxKey(
        key: "quartetBoxKey000000000000000000000000000000000000000000000000001",
        secret: "quartetBoxSecret00000000000000000000000000000000000000000000001")
}

/// What exchange there is.
public struct BoxSettings: Sendable {
    public var seed: UInt64 = 1
    public var symbols: [Symbol] = []
    /// Instead of the seeded market; its symbols are then those of the recordings.
    public var recordings: [BoxRecording] = []
    /// The first moment of the market; rounded down to a minute.
    public var start: MarketTime
    /// Market time between two prices of a symbol; divides a minute.
    public var tickInterval: Span = .seconds(1)
    /// Closed candles of each length that are there at the start.
    public var lookBack = 1_000
    /// Market seconds per wall second; how far request times may be off follows it.
    public var speed = 1.0
    public var keys: [BoxKey] = [.standard]
    /// What the account holds at the start.
    public var spotBalances: [String: Money] = ["USDT": Money(10_000)]
    public var futuresBalances: [String: Money] = ["USDT": Money(10_000)]
    public var spotMakerFee = Ratio(raw: Ratio.scale / 1_000)
    public var spotTakerFee = Ratio(raw: Ratio.scale / 1_000)
    public var futuresMakerFee = Ratio(raw: Ratio.scale / 5_000)
    public var futuresTakerFee = Ratio(raw: Ratio.scale / 2_000)
    /// Request weight a minute.
    public var spotWeightLimit = 6_000
    public var futuresWeightLimit = 2_400
    /// Faults that are there from the start, as `POST /admin/faults` takes them; none where empty.
    public var faults = ""
    /// Refusals with 429 in one minute, after which the address is banned.
    public var refusalsBeforeBan = 5

    public init(start: MarketTime) { self.start = start }

    /// Why there is no such exchange; `nil` where there is. One sentence.
    public var fault: String? {
        let names = recordings.isEmpty ? symbols : recordings.map(\.symbol)
        if names.isEmpty { return "the exchange has no symbols: name at least one, such as BTC/USDT" }
        if let symbol = names.first(where: \.isDerivative) {
            return "\(symbol) is a derivative: name BASE/QUOTE, which is listed on spot and as a perpetual contract"
        }
        let spellings = names.map { $0.baseCurrency + $0.quoteCurrency }
        if Set(spellings).count != spellings.count { return "the exchange has a symbol twice: name each once" }
        if tickInterval <= .zero || Span.minutes(1).micros % tickInterval.micros != 0 {
            return "a price every \(tickInterval) does not divide a minute: use 100ms, 250ms, 500ms, 1s, 2s or 5s"
        }
        if !(speed >= 0 && speed <= 1_000) { return "the speed \(speed) is not between 0 and 1000" }
        if !(0...10_000).contains(lookBack) { return "a look-back of \(lookBack) is not between 0 and 10000 candles" }
        if !faults.isEmpty {
            do throws(Refusal) {
                var box = FaultBox(seed: seed)
                try box.add(text: faults)
            } catch {
                return "the faults cannot be read: \(error.message)"
            }
        }
        if start.micros < Span.hours(24 * 3650).micros { return "the start \(start) is before 1980" }
        for recording in recordings where recording.candles.isEmpty {
            return "the recording of \(recording.symbol) has no candles"
        }
        return nil
    }
}
