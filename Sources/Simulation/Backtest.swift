public import ExecutionCore
import FeedCore
public import Portfolio
public import RiskCore
public import StrategyCore
public import TradingModel
public import Venues

/// Candles of one or more symbols played through the four cores, as fast as what can matter allows.
///
/// Two ways to play give the same orders, fills, trades and verdicts, which a test holds against each other:
/// ``Playing/everyPrice`` shows every price to every core by the steps of the live lock-step. ``Playing/quick`` shows a core
/// only what can make a difference to it: while nothing is open prices mean nothing, and while something is open those mean
/// nothing that lie inside the band in which no rule fires (``RiskCore/quietBand(of:)``); of a run of such candles the most
/// favourable price and the last are shown before anything else happens. Strategies see every candle either way.
public struct Backtest: Sendable {
    public enum Playing: String, Sendable, CaseIterable { case quick, everyPrice }

    /// What the cores are told.
    public struct Setup: Sendable {
        public var strategy: StrategyCore.Settings
        public var limits: RiskLimits
        public var rules: PaperRules
        public var policy: ExecutionPolicy
        public var startingBalance: Money
        public var path: IntrabarTickers.Path
        public var lookBack: Int
        public var playing = Playing.quick
        /// The funding that positions pay or receive; `nil` charges none.
        public var funding: FundingSchedule?
        /// Market time between two points of the equity curve.
        public var sampling: Span = .hours(1)

        public init(
            strategy: StrategyCore.Settings, limits: RiskLimits, rules: PaperRules, policy: ExecutionPolicy,
            startingBalance: Money, path: IntrabarTickers.Path, lookBack: Int
        ) {
            self.strategy = strategy
            self.limits = limits
            self.rules = rules
            self.policy = policy
            self.startingBalance = startingBalance
            self.path = path
            self.lookBack = lookBack
        }
    }

    public let setup: Setup
    public internal(set) var quartet: SimulatedQuartet
    /// Equity at every sampling moment at which something was open, and around what changed.
    public internal(set) var equity: [EquityPoint] = []
    /// Market time played so far.
    public internal(set) var position: MarketTime
    public internal(set) var isFinished = false
    /// Steps that went through all four cores.
    public var steps: Int { quartet.step }

    let planner: StepPlanner
    let tickers: IntrabarTickers
    var tracks: [Track]
    /// What is held, exactly, by track.
    var positions: [Position?]
    /// The funding time, by track, whose rate the venue has been told.
    var nextFunding: [MarketTime]
    var lanes: [Lane] = []
    /// The candles strategies read, by track.
    var tables: [(track: Int, table: CandleTable)] = []
    /// Tracks with an open position.
    var open: [Int] = []
    var cash = 0.0
    /// Equity at or below which every price must be shown.
    var quietEquity = Double.infinity
    /// The most equity so far, what was not shown to risk included.
    var peak = Money.zero
    /// Nearly ``peak``, and never above it.
    var nearPeak = 0.0
    let calendar: DayCalendar
    var nextSample: MarketTime
    let firstTime: MarketTime
    let lastTime: MarketTime

    /// Joins the tapes to fresh cores. `tapes` are finished, at least one of them has a candle, and all their symbols are in
    /// `setup.strategy.symbols`. Refuses unknown strategies and parameters out of range.
    public init(tapes: [MarketTape], setup: Setup) throws(ParameterError) {
        var setup = setup
        setup.strategy.isLockStep = true
        setup.policy.isLockStep = true
        self.setup = setup
        calendar = setup.limits.calendar
        planner = StepPlanner(decisionInterval: setup.strategy.decisionInterval)
        tickers = IntrabarTickers(path: setup.path)
        tracks = tapes.map(Track.init)
        positions = Array(repeating: nil, count: tapes.count)
        nextFunding = Array(repeating: .distantPast, count: tapes.count)
        firstTime = tracks.compactMap { $0.nextTime }.min() ?? .distantPast
        lastTime = tracks.compactMap { $0.source.rows.last?.availableAt }.max() ?? .distantPast
        position = MarketTime(micros: max(0, firstTime.micros - 1))
        nextSample = firstTime
        var watches: [FeedCore.Watch] = []
        for tape in tapes {
            watches.append(.init(symbol: tape.symbol, venue: tape.source.venue, sourceTimeframe: tape.sourceTimeframe))
        }
        var feed = FeedCore.Settings(watches: watches)
        feed.lookBack = setup.lookBack
        quartet = SimulatedQuartet(
            feed: FeedCore(settings: feed, startedAt: .distantPast),
            strategy: try StrategyCore(settings: setup.strategy),
            risk: RiskCore(limits: setup.limits, isLockStep: true), execution: ExecutionCore(policy: setup.policy),
            venue: PaperVenue(rules: setup.rules, state: PaperState(startingBalance: setup.startingBalance)),
            instruments: tapes.map(\.instrument), startingBalance: setup.startingBalance)
        cash = setup.startingBalance.double
        begin(tapes)
    }

    /// Candles of the sources that are played.
    public var candleCount: Int { tracks.reduce(0) { $0 + $1.source.count } }
    /// Candles of the sources that have been played.
    public var candlesPlayed: Int { tracks.reduce(0) { $0 + $1.next } }

    /// The look-back goes to the strategies, and the first, empty step says what time it is.
    private mutating func begin(_ tapes: [MarketTape]) {
        var history: [Candle] = []
        for tape in tapes {
            for timeframe in tape.timeframes { history += tape.history[timeframe] ?? [] }
        }
        quartet.load(history: history)
        quartet.run([], until: position, isLast: false)
        quartet.keepsEverything = setup.playing == .everyPrice
        for (index, tape) in tapes.enumerated() {
            for table in [tape.source] + tape.higher {
                let key = SeriesKey(symbol: tape.symbol, timeframe: table.timeframe)
                guard let series = quartet.strategy.position(of: key) else { continue }
                lanes.append(
                    Lane(
                        series: series, key: key, track: index, table: table,
                        history: tape.history[table.timeframe] ?? []))
                tables.append((index, table))
            }
        }
        peak = quartet.risk.peakEquity
        nearPeak = peak.double * (1 - 1e-12)
        equity.append(EquityPoint(time: position, equity: setup.startingBalance))
        if firstTime == .distantPast { isFinished = true }
    }

    /// Plays at most `limit` decision boundaries. Ends with ``isFinished``.
    public mutating func play(boundaries limit: Int = .max) {
        var left = limit
        while !isFinished, left > 0 {
            switch setup.playing {
            case .quick: playQuickly()
            case .everyPrice: playEveryPrice()
            }
            left -= 1
        }
    }
}

/// What of a tape stays as it is while it is played.
final class TrackTape: Sendable {
    let symbol: Symbol
    let instrument: Instrument
    let source: CandleTable
    /// Microseconds of a source candle.
    let span: Int64
    let priceUnit: Double
    /// What risk measures value at risk and correlation on; absent where the source is longer than an hour.
    let hours: CandleTable?

    init(_ tape: MarketTape) {
        symbol = tape.symbol
        instrument = tape.instrument
        source = tape.source
        span = tape.sourceTimeframe.span.micros
        hours = tape.sourceTimeframe == .oneHour ? tape.source : tape.higher.first { $0.timeframe == .oneHour }
        priceUnit = Price(raw: tape.source.priceStep).double
    }
}

/// One symbol under way: numbers and one reference, so that a copy costs little.
struct Track: Sendable {
    let tape: TrackTape
    var symbol: Symbol { tape.symbol }
    var instrument: Instrument { tape.instrument }
    @inline(__always) var source: CandleTable { _read { yield tape.source } }
    /// Microseconds of a source candle.
    let span: Int64
    /// The candle that is next or has been begun, and how many of its four prices have passed.
    var next = 0
    var point = 0
    /// The last price that passed but was not shown: its candle and point.
    var unshown: (row: Int, point: Int)?
    /// The candle with the most favourable price of those that were not shown.
    var extreme: Int?
    var best: Int64 = 0
    var side = PositionSide.long
    var isOpen = false
    /// A strategy has something to say about it at this boundary.
    var isWanted = false
    /// The prices in which nothing happens, in units of the table; empty where every price must be shown.
    var band: ClosedRange<Int64>?
    var quietUntil = MarketTime.distantPast
    /// The position as numbers; exactly it is in ``Backtest/positions``.
    var quantity = 0.0
    var cost = 0.0
    let priceUnit: Double
    /// The next hourly candle that risk has not heard of.
    var nextHour = 0

    init(_ tape: MarketTape) {
        self.tape = TrackTape(tape)
        span = self.tape.span
        priceUnit = self.tape.priceUnit
    }

    /// When the point of a candle is quoted; point 4 is its close.
    @inline(__always)
    func time(row: Int, point: Int) -> MarketTime {
        let opened = tape.source.rows[row].openTime.micros
        switch point {
        case 0: return MarketTime(micros: opened + IntrabarTickers.margin.micros)
        case 1: return MarketTime(micros: opened + span / 3)
        case 2: return MarketTime(micros: opened + span / 3 * 2)
        case 3: return MarketTime(micros: opened + span - IntrabarTickers.margin.micros)
        default: return MarketTime(micros: opened + span)
        }
    }

    /// The next moment at which this symbol says anything.
    @inline(__always)
    var nextTime: MarketTime? { next < tape.source.count ? time(row: next, point: point) : nil }
}

/// One series under way.
struct Lane: Sendable {
    let series: Int
    let key: SeriesKey
    let track: Int
    let table: CandleTable
    /// Candles of before the first that is played, oldest first.
    let history: [Candle]
    var next = 0
}

extension Backtest {
    /// Shows every price: the steps of the live lock-step.
    mutating func playEveryPrice() {
        postRates()
        guard let first = tracks.compactMap({ $0.nextTime }).min(),
            let end = planner.end(after: position, next: first, isAttentive: quartet.isAttentive)
        else {
            isFinished = true
            return
        }
        var events: [(time: MarketTime, order: Int, event: MarketEvent)] = []
        for index in tracks.indices {
            while let time = tracks[index].nextTime, time <= end {
                events.append((time, index, event(of: index)))
            }
        }
        let sorted = events.enumerated().sorted {
            ($0.element.time, $0.element.order, $0.offset) < ($1.element.time, $1.element.order, $1.offset)
        }
        let isLast = tracks.allSatisfy { $0.nextTime == nil }
        quartet.run(
            sorted.map(\.element.event), until: isLast ? min(end, lastTime) : end, isLast: isLast)
        position = end
        samplePlainly()
        isFinished = isLast
    }

    /// Takes the next event of a track.
    private mutating func event(of index: Int) -> MarketEvent {
        let (row, point) = (tracks[index].next, tracks[index].point)
        let candle = tracks[index].source[row]
        if point == 4 {
            tracks[index].next += 1
            tracks[index].point = 0
            return .candle(candle)
        }
        tracks[index].point += 1
        var points: [MarketEvent] = []
        tickers.append(candle, instrument: tracks[index].instrument, into: &points)
        return points[point]
    }

    private mutating func samplePlainly() {
        guard position >= nextSample else { return }
        equity.append(EquityPoint(time: position, equity: quartet.equity))
        nextSample = nextMoment(after: position)
    }

    func nextMoment(after time: MarketTime) -> MarketTime {
        let length = setup.sampling.micros
        return MarketTime(micros: (time.micros / length + 1) * length)
    }
}
