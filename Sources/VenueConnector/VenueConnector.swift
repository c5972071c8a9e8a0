import ExecutionCore
import JSONText
public import TradingModel
public import VenueTrading
import Venues

/// One account at one exchange as pure values: execution's commands, the exchange's answers and its stream go in;
/// requests and reports come out.
///
/// What it promises: an order leaves at most once a command; an answer that may be missing is reported as unknown and
/// never sent again by the connector itself; "not found" is reported only when every place where the exchange keeps such
/// an order was asked; a fill is reported with its fee, once, whether stream or REST told it; nothing waits in a queue
/// longer than it is wanted. Cancels and reductions go before everything else.
public struct VenueConnector: Sendable {
    public let market: TradingMarket
    public let policy: ConnectorPolicy
    let dialect: VenueDialect
    let keys: VenueKeys
    var instruments: [Symbol: Instrument] = [:]
    /// The exchange's spelling of what is traded.
    var symbols: [String: Symbol] = [:]
    var setUp = SetUp()
    var clock: VenueClock
    var stream = StreamState()
    /// Waiting to be sent, in order.
    var queue: [PendingCall] = []
    /// Sent, not answered.
    var pending: [Int: PendingCall] = [:]
    var nextNumber = 1
    var budget: RateBudget
    var isQueueTimerRunning = false
    var tracked: [ClientOrderID: TrackedVenueOrder] = [:]
    /// The oldest first: what is over is let go of beyond a limit.
    var trackedOrder: [ClientOrderID] = []
    /// Also the ids of orders that a conditional order has become.
    var byVenueID: [String: ClientOrderID] = [:]
    var inquiries: [ClientOrderID: Inquiry] = [:]
    var tour: AccountTour?
    /// An account was asked for while a tour was under way.
    var nextTour: MarketTime?
    var tours = 0
    /// The leverage that the exchange has confirmed.
    var leverages: [Symbol: Int] = [:]
    var isolated: Set<Symbol> = []
    /// Orders that wait until their symbol's leverage is as they want it.
    var preparing: [Symbol: [OrderRequest]] = [:]
    var coinPrices: [String: Price] = [:]

    public init(market: TradingMarket, keys: VenueKeys, policy: ConnectorPolicy) {
        self.market = market
        self.keys = keys
        self.policy = policy
        dialect = VenueDialect(market)
        clock = VenueClock(speed: policy.clockSpeed)
        budget = RateBudget.standard(dialect).reduced(toPercent: policy.limitSharePct)
    }

    /// Whether commands are carried out; before that, orders are reported as not sent and questions wait.
    public var isReady: Bool { setUp.isDone }

    /// Takes in one event and appends what must be done.
    public mutating func handle(
        _ event: ConnectorEvent, at now: WallTime, into directives: inout [ConnectorDirective]
    ) {
        var turn = ConnectorTurn(now: now)
        switch event {
        case .started: begin(&turn)
        case .instruments(let list): learn(list)
        case .command(let command): obey(command, &turn)
        case .answered(let number, let answer): hear(number, answer, &turn)
        case .failed(let number, let mayHaveBeenSent, let reason): miss(number, mayHaveBeenSent, reason, &turn)
        case .streamOpened: streamOpened(&turn)
        case .streamText(let text): hear(stream: text, &turn)
        case .streamBytes(let bytes): hear(stream: bytes, &turn)
        case .streamLost(let reason): streamLost(reason, &turn)
        case .timer(let timer): wake(timer, &turn)
        case .coinPrice(let coin, let price): coinPrices[coin] = price
        }
        pump(&turn)
        directives.append(contentsOf: turn.directives)
    }

    private mutating func learn(_ list: [Instrument]) {
        for instrument in list {
            instruments[instrument.symbol] = instrument
            symbols[MarketSymbol(instrument.symbol).spelling(at: market)] = instrument.symbol
        }
    }

    private mutating func obey(_ command: VenueCommand, _ turn: inout ConnectorTurn) {
        switch command {
        case .submit(let request): submit(request, &turn)
        case .cancel(let reference): cancel(reference, &turn)
        case .query(let reference): inquire(reference, for: .answer, &turn)
        case .account(let since): startTour(since: since, &turn)
        }
    }

    private mutating func wake(_ timer: ConnectorTimer, _ turn: inout ConnectorTurn) {
        switch timer {
        case .queue: isQueueTimerRunning = false
        case .setUp(let attempt): if setUp.attempt == attempt { proceed(&turn) }
        case .clock:
            measureClock(&turn)
        case .keepStream: keepStream(&turn)
        case .openStream: openStream(&turn)
        case .check(let id): check(id, &turn)
        case .tour(let number): if tour?.number == number { askStep(&turn) }
        case .inquiry(let id): continueInquiry(id, &turn)
        }
    }
}

/// What one call of the connector brings about.
struct ConnectorTurn {
    let now: WallTime
    var directives: [ConnectorDirective] = []

    init(now: WallTime) { self.now = now }

    mutating func report(_ report: VenueReport) { directives.append(.report(report)) }
    mutating func log(_ level: LogLine.Level, _ text: String) { directives.append(.log(LogLine(level, text))) }
    mutating func schedule(_ timer: ConnectorTimer, after delay: Span) {
        directives.append(.schedule(timer, after: delay))
    }
}

/// The exchange's clock, as far as it was measured.
struct VenueClock: Sendable {
    let speed: Double
    /// The exchange's time at a moment of ours.
    private(set) var mark: (theirs: Int64, ours: WallTime)?
    /// How long the round trip of the measurement took: the error is at most half of it.
    private(set) var uncertainty: Span = .zero

    init(speed: Double) { self.speed = speed }

    /// The answer to a question for the time is taken to be of the middle of the round trip.
    mutating func measure(_ theirs: MarketTime, asked: WallTime, answered: WallTime) {
        let trip = answered - asked
        mark = (theirs.micros, WallTime(micros: asked.micros + trip.micros / 2))
        uncertainty = trip
    }

    func now(_ ours: WallTime) -> MarketTime {
        guard let mark else { return MarketTime(micros: ours.micros) }
        let passed = (ours - mark.ours).micros
        return MarketTime(micros: mark.theirs + (speed == 1 ? passed : Int64(Double(passed) * speed)))
    }
}

/// An order of which the exchange has been told, or has told us.
struct TrackedVenueOrder: Sendable {
    var symbol: Symbol
    var venueOrderID: String?
    var isConditional: Bool
    /// Takes at once or ends: it is looked after until all of it has been told.
    var isImmediate = false
    /// What execution asked for; the exchange is asked for whole lots of it.
    var wanted: Quantity?
    /// What the exchange says it has filled.
    var filled: Quantity = .zero
    /// The sum of the fills that were reported.
    var told: Quantity = .zero
    var fills: Set<String> = []
    var isOver = false
    var checks = 0
    /// A timer to look after it is running.
    var isCheckDue = false
    /// The order is not from us.
    var isExternal = false
}

extension VenueDialect {
    /// The language of a market.
    init(_ market: TradingMarket) {
        switch market {
        case .binanceSpot: self = .binance
        case .binanceUSDM: self = .binanceUSDM
        case .bybitSpot, .bybitLinear: self = .bybit
        case .mexcSpot, .mexcContract: self = .mexc
        }
    }
}
