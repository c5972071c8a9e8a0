import Indicators
public import TradingModel

/// Strategy's opinion, formed from facts only: closed candles in, signals, decisions and proposals out.
///
/// Each active strategy keeps one series per symbol. On every decision boundary (a multiple of
/// ``Settings/decisionInterval`` of market time) the core weighs, per symbol, the signals given since the last one, and
/// proposes at most one exit and one entry. It knows risk's open plans only to stay quiet where a proposal would be
/// pointless; risk decides.
public struct StrategyCore: Sendable {
    /// What the core is told once.
    public struct Settings: Sendable {
        public var symbols: [Symbol] = []
        /// The active strategies by configuration name, with the parameters that differ from their defaults.
        public var strategies: [StrategyChoice] = []
        public var decisionInterval: Span = .minutes(5)
        /// An entry below this confidence is not proposed.
        public var minimumConfidence: Double = 0.5
        public var leverage: Int = 1
        public var isShortAllowed: Bool = true
        /// In which regimes each strategy may open positions; `nil` lets all of them in every regime.
        public var activation: RegimeActivation? = .default
        /// Weights, capital, regimes and limits over all strategies.
        public var management = Management()
        /// Every `strategy.parameter` that is configured, also of strategies that are not active; only checked.
        public var configuredParameters: [String: Double] = [:]
        /// Feed runs in steps and waits for us (see `docs/architecture.md`, "Lock-step").
        public var isLockStep: Bool = false
        public init() {}
    }

    /// A strategy by name with its parameters and, where it differs from the strategy's own, the candle length.
    public struct StrategyChoice: Sendable {
        public var id: String
        public var parameters: [String: Double]
        public var timeframe: Timeframe?
        public init(id: String, parameters: [String: Double] = [:], timeframe: Timeframe? = nil) {
            self.id = id
            self.parameters = parameters
            self.timeframe = timeframe
        }
    }

    /// Where a fact came from: feed's session and sequence number.
    public struct Origin: Hashable, Sendable {
        public var session: String
        public var sequence: Int
        public init(session: String, sequence: Int) {
            self.session = session
            self.sequence = sequence
        }
    }

    public enum Event: Sendable {
        /// The rules of what is traded, from feed's snapshot.
        case instruments([Instrument])
        /// Closed candles of one series, oldest first: the look-back at start, or after a hole.
        case history(SeriesKey, [Candle], Origin)
        indirect case candle(Candle, Origin)
        case clock(MarketClock)
        /// A plan of risk's, new or changed.
        indirect case plan(ExitPlan)
        /// All plans risk holds; replaces what was known.
        case plans([ExitPlan])
        /// Risk has finished a step.
        case barrier(Barrier)
        indirect case verdict(Verdict)
        /// A proposal was refused before risk judged it, or expired unanswered.
        case proposalFailed(id: String, sentence: String)
    }

    public indirect enum Directive: Sendable {
        case publish(Signal)
        case publishDecision(Decision)
        /// Stored before anything is published; all records of one event are one transaction.
        case persist(Signal)
        case persistDecision(Decision)
        case propose(Proposal)
        /// The series has a hole: ask feed for its candles, answered by ``Event/history(_:_:_:)``.
        case requestHistory(SeriesKey, limit: Int)
        /// The step is finished: tell feed.
        case finishStep(Barrier)
        case log(LogLevel, String)
    }

    public enum LogLevel: String, Sendable {
        case info, warning, error
    }

    public let settings: Settings
    var series: SeriesTable
    var instruments: [Symbol: Instrument] = [:]
    /// Plans that are not spent, by symbol.
    var openPlans: [Symbol: ExitPlan] = [:]
    public internal(set) var marketTime: MarketTime = .distantPast
    /// The boundary up to which decisions were made.
    var decidedUpTo: MarketTime?
    var awaited: Set<String> = []
    /// The activation in force: the default with what is configured.
    let activation: RegimeActivation?
    /// By strategy, the part of a full position that one of its entries takes.
    let shares: [String: Double]
    private var stepping: Stepping

    /// Makes the active strategies; refuses unknown names and parameters out of range with one sentence.
    public init(settings: Settings) throws(ParameterError) {
        self.settings = settings
        stepping = Stepping(isOn: settings.isLockStep)
        var series: [SeriesKey: CandleSeries] = [:]
        try settings.management.check()
        try StrategyCatalog.check(parameters: settings.configuredParameters)
        if var base = settings.activation {
            for choice in settings.strategies where base.regimes[choice.id] == nil {
                base.regimes[choice.id] = StrategyCatalog.type(id: choice.id)?.regimes
            }
            activation = try settings.management.activation(over: base)
        } else {
            activation = nil
        }
        var shares: [String: Double] = [:]
        for choice in settings.strategies {
            let prototype = try StrategyCatalog.make(id: choice.id, parameters: choice.parameters)
            shares[choice.id] = settings.management.allocation(choice.id) / Double(prototype.maximumEntries)
            let timeframe = choice.timeframe ?? type(of: prototype).timeframe
            for symbol in settings.symbols {
                let key = SeriesKey(symbol: symbol, timeframe: timeframe)
                series[key, default: CandleSeries(key: key)].add(prototype)
            }
        }
        self.series = SeriesTable(series)
        self.shares = shares
    }

    /// The series to load and follow, with the candles each needs at start; in a fixed order.
    public var neededSeries: [(key: SeriesKey, load: Int)] {
        series.indices.map { (key: series.keys[$0], load: series[$0].load) }
    }

    /// Takes one fact and appends what is to be done about it, in order.
    public mutating func handle(_ event: Event, at now: WallTime, into directives: inout [Directive]) {
        switch event {
        case .candle, .clock:
            for ready in stepping.admit(event) { apply(ready, into: &directives) }
        case .barrier(let barrier):
            for ready in stepping.release(barrier) { apply(ready, into: &directives) }
        default:
            apply(event, into: &directives)
        }
        if awaited.isEmpty, let barrier = stepping.finish() { directives.append(.finishStep(barrier)) }
    }

    private mutating func apply(_ event: Event, into directives: inout [Directive]) {
        switch event {
        case .instruments(let list):
            for instrument in list { instruments[instrument.symbol] = instrument }
        case .history(let key, let candles, let origin):
            load(key, candles, origin, into: &directives)
        case .candle(let candle, let origin):
            take(candle, origin, into: &directives)
        case .clock(let clock):
            if clock.marketTime > marketTime { marketTime = clock.marketTime }
            decideIfDue(into: &directives)
        case .plan(let plan):
            note(plan)
        case .plans(let plans):
            openPlans = [:]
            plans.forEach { note($0) }
        case .verdict(let verdict):
            awaited.remove(verdict.proposalID)
            if verdict.isApproved { stepping.isAttentive = true }
        case .proposalFailed(let id, let sentence):
            awaited.remove(id)
            directives.append(.log(.warning, sentence))
        case .barrier:
            break
        }
    }

    private mutating func note(_ plan: ExitPlan) {
        if plan.status != .spent {
            openPlans[plan.symbol] = plan
        } else if openPlans[plan.symbol]?.id == plan.id {
            openPlans[plan.symbol] = nil
        }
    }

    private mutating func load(
        _ key: SeriesKey, _ candles: [Candle], _ origin: Origin, into directives: inout [Directive]
    ) {
        guard let position = series.position(of: key), let refusal = series[position].reload(candles, origin) else {
            return
        }
        directives.append(.log(.error, refusal))
    }

    private mutating func take(_ candle: Candle, _ origin: Origin, into directives: inout [Directive]) {
        let key = SeriesKey(symbol: candle.symbol, timeframe: candle.timeframe)
        guard let position = series.position(of: key) else { return }
        take(candle, origin, at: position, into: &directives)
    }

    mutating func take(
        _ candle: Candle, _ origin: Origin, at position: Int, into directives: inout [Directive]
    ) {
        switch series[position].take(candle, origin) {
        case .taken, .known: break
        case .hole: directives.append(.requestHistory(series.keys[position], limit: series[position].load))
        case .refused(let sentence): directives.append(.log(.error, sentence))
        }
    }
}

/// One candle series.
public struct SeriesKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    public var symbol: Symbol
    public var timeframe: Timeframe
    public init(symbol: Symbol, timeframe: Timeframe) {
        self.symbol = symbol
        self.timeframe = timeframe
    }
    public var description: String { "\(symbol) \(timeframe)" }
    public static func < (a: SeriesKey, b: SeriesKey) -> Bool {
        a.symbol == b.symbol ? a.timeframe < b.timeframe : a.symbol < b.symbol
    }
}
