public import TradingModel

/// What the buses tell the watch.
public enum AlertFact: Sendable {
    case state(RiskState)
    case position(Position)
    case trade(Trade)
    case order(Order)
    /// Execution's truth as a whole: what is not in it is over.
    case books(positions: [Position], openOrders: [Order], trades: [Trade])
    case staleness(Staleness)
    case leaderboard(Leaderboard)
    case life(ServiceLife)
    /// Space on the disk of the databases.
    case disk(freeBytes: Int64, totalBytes: Int64)
    /// A channel takes nothing, and why; `nil` where it does again.
    case channel(AlertChannel, fault: String?)
    /// Time has passed.
    case tick
}

/// One sign of life of a service.
public struct ServiceLife: Hashable, Sendable {
    public var service: String
    /// `starting`, `recovering`, `healthy`, `degraded`, `stopping`.
    public var condition: String
    public var reason: String
    public var session: String
    public var residentBytes: Int

    public init(service: String, condition: String, reason: String, session: String, residentBytes: Int) {
        self.service = service
        self.condition = condition
        self.reason = reason
        self.session = session
        self.residentBytes = residentBytes
    }
}

/// Thresholds of the watch.
public struct AlertLimits: Hashable, Sendable {
    /// The day's loss at which nothing more is opened, as a share.
    public var maxDailyLoss: Ratio = .percent(Ratio(5))
    /// The part of it from which its nearness is told.
    public var dailyLossShare: Ratio = .percent(Ratio(80))
    /// Rising falls of equity below its peak, as shares.
    public var drawdowns: [Ratio] = []
    /// From here on a drawdown is critical.
    public var drawdownWarning: Ratio = .percent(Ratio(15))
    public var silence: Span = .seconds(30)
    public var unhealthy: Span = .seconds(30)
    public var unresolved: Span = .seconds(60)
    public var stale: Span = .seconds(60)
    public var restarts = 3
    public var restartWindow: Span = .minutes(10)
    /// Free share of the disk below which it is nearly full.
    public var diskFree: Ratio = .percent(Ratio(5))
    public var memoryBytes = 400_000_000
    public var services: [String] = []
    public var symbols: [Symbol] = []
    public init() {}
}
