public import FeedCore
public import TradingModel

/// What feed's core makes of one symbol's source candles, kept to be played: the candles it took and those it built.
///
/// Every row goes through ``FeedCore``, which refuses, orders, de-duplicates and builds as it does live. Rows that close
/// by `start` are history.
public struct MarketTape: Sendable {
    public let symbol: Symbol
    public let instrument: Instrument
    public let sourceTimeframe: Timeframe
    /// The candles that are played, in the order of their time.
    public private(set) var source: CandleTable
    /// Higher timeframes that were asked for.
    public private(set) var higher: [CandleTable]
    /// The look-back of each asked series as it is before the first candle is played; oldest first.
    public private(set) var history: [Timeframe: [Candle]] = [:]
    /// What became of the rows.
    public var counters: FeedCore.Counters { core.counters }
    /// The first sentences of what was refused or missing, at most ``reportLimit``.
    public private(set) var reports: [String] = []
    public static let reportLimit = 20

    private var core: FeedCore
    private var past: FeedCore?
    private let start: MarketTime?
    private let lookBack: Int
    private var directives: [FeedCore.Directive] = []

    /// `timeframes` are those that strategies read; what the source cannot give is left out.
    public init(
        watch: FeedCore.Watch, instrument: Instrument, timeframes: [Timeframe], lookBack: Int, start: MarketTime? = nil
    ) {
        symbol = watch.symbol
        sourceTimeframe = watch.sourceTimeframe
        self.instrument = instrument
        self.start = start
        self.lookBack = lookBack
        var settings = FeedCore.Settings(watches: [watch])
        settings.lookBack = lookBack
        core = FeedCore(settings: settings, startedAt: .distantPast)
        past = start.map { _ in FeedCore(settings: settings, startedAt: .distantPast) }
        source = CandleTable(symbol: watch.symbol, venue: watch.venue, timeframe: watch.sourceTimeframe)
        let built = core.timeframes(of: watch.symbol)
        // Risk reads the hours, whatever strategies do.
        let read = Set(timeframes).union([.oneHour])
        higher = read.filter { $0 != watch.sourceTimeframe && built.contains($0) }.sorted().map {
            CandleTable(symbol: watch.symbol, venue: watch.venue, timeframe: $0)
        }
        if start == nil { history = Dictionary(uniqueKeysWithValues: built.map { ($0, []) }) }
    }

    /// All series that can be read, shortest first.
    public var timeframes: [Timeframe] { [sourceTimeframe] + higher.map(\.timeframe) }

    /// Takes the next row of the source as it stands there. Returns a sentence where it cannot be kept.
    public mutating func append(_ candle: Candle) -> String? {
        if let start, past != nil {
            if candle.closeTime <= start {
                past?.handle(.candle(candle), at: .distantPast, into: &directives)
                directives.removeAll(keepingCapacity: true)
                return nil
            }
            beginPlay()
        }
        core.handle(.candle(candle), at: .distantPast, into: &directives)
        defer { directives.removeAll(keepingCapacity: true) }
        for directive in directives {
            switch directive {
            case .publishCandle(let closed):
                guard keep(closed, availableAt: candle.closeTime) else {
                    return
                        "the candle of \(symbol) at \(closed.openTime) is too far from the others in size to be kept exactly"
                }
            case .report(let report):
                if reports.count < Self.reportLimit { reports.append(report.sentence) }
            default: break
            }
        }
        return nil
    }

    /// Nothing comes any more.
    public mutating func finish() { beginPlay() }

    private mutating func beginPlay() {
        guard let past else { return }
        var restored: [Candle] = []
        for timeframe in past.timeframes(of: symbol) {
            for var candle in past.candles(symbol, timeframe, limit: lookBack) ?? [] {
                candle.isBackfill = true
                restored.append(candle)
            }
        }
        core.handle(.restored(restored), at: .distantPast, into: &directives)
        directives.removeAll(keepingCapacity: true)
        for timeframe in timeframes {
            history[timeframe] = core.candles(symbol, timeframe, limit: lookBack) ?? []
        }
        self.past = nil
    }

    private mutating func keep(_ candle: Candle, availableAt: MarketTime) -> Bool {
        if candle.timeframe == sourceTimeframe { return source.append(candle, availableAt: availableAt) }
        guard let index = higher.firstIndex(where: { $0.timeframe == candle.timeframe }) else { return true }
        return higher[index].append(candle, availableAt: availableAt)
    }
}
