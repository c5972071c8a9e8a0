public import TradingModel

/// One of freqtrade's four protections, with its key names: after losses of a kind nothing is opened for a while.
///
/// As there, a protection is asked when a trade closes, and locks until its last trade's close plus `stopDuration`. Source:
/// `freqtrade/plugins/protections/`.
public struct Protection: Hashable, Sendable {
    public enum Method: String, Sendable, CaseIterable {
        case stoplossGuard = "StoplossGuard"
        case cooldownPeriod = "CooldownPeriod"
        case lowProfitPairs = "LowProfitPairs"
        case maxDrawdown = "MaxDrawdown"
    }

    public var method: Method
    /// Trades that closed longer ago do not count.
    public var lookBack: Span
    /// Below that many trades nothing is locked.
    public var tradeLimit: Int
    public var stopDuration: Span
    /// `StoplossGuard` counts stops with less profit, `LowProfitPairs` wants at least that much; a share of the margin.
    public var requiredProfit: Ratio
    /// `StoplossGuard`: locks the pair alone, never everything.
    public var isOnlyPerPair: Bool
    public var isOnlyPerSide: Bool
    /// `MaxDrawdown`: of the sum of the trades' returns.
    public var maximumAllowedDrawdown: Ratio

    public init(
        _ method: Method, lookBack: Span = .minutes(60), tradeLimit: Int? = nil, stopDuration: Span = .minutes(60),
        requiredProfit: Ratio = .zero, isOnlyPerPair: Bool = false, isOnlyPerSide: Bool = false,
        maximumAllowedDrawdown: Ratio = .zero
    ) {
        self.method = method
        self.lookBack = lookBack
        self.tradeLimit = tradeLimit ?? (method == .stoplossGuard ? 10 : 1)
        self.stopDuration = stopDuration
        self.requiredProfit = requiredProfit
        self.isOnlyPerPair = isOnlyPerPair
        self.isOnlyPerSide = isOnlyPerSide
        self.maximumAllowedDrawdown = maximumAllowedDrawdown
    }

    /// What the close of `trade` locks; `trades` are all that are remembered, that one among them.
    func locks(after trade: ClosedTrade, trades: [ClosedTrade]) -> [TradingLock] {
        let recent = trades.filter { $0.closedAt > trade.closedAt - lookBack && $0.closedAt <= trade.closedAt }
        switch method {
        case .stoplossGuard:
            let stops = recent.filter { $0.isStop && $0.profit < requiredProfit && !$0.profit.isZero }
            let ours = isOnlyPerSide ? stops.filter { $0.side == trade.side } : stops
            return [isOnlyPerPair ? nil : guardLock(ours, trade, nil), guardLock(ours, trade, trade.symbol)]
                .compactMap { $0 }
        case .cooldownPeriod:
            return [
                lock(trade.symbol, nil, until: trade.closedAt, "a trade closed: \(stopDuration) to cool down", trade)
            ]
        case .lowProfitPairs:
            return lowProfit(recent.filter { $0.symbol == trade.symbol }, trade)
        case .maxDrawdown:
            return drawdown(recent, trade)
        }
    }

    private func guardLock(_ stops: [ClosedTrade], _ trade: ClosedTrade, _ symbol: Symbol?) -> TradingLock? {
        let counted = symbol == nil ? stops : stops.filter { $0.symbol == symbol }
        guard counted.count >= tradeLimit, let last = counted.map(\.closedAt).max() else { return nil }
        let words = "\(counted.count) stops in \(lookBack), the limit is \(tradeLimit)"
        return lock(symbol, isOnlyPerSide ? trade.side : nil, until: last, words, trade)
    }

    private func lowProfit(_ trades: [ClosedTrade], _ trade: ClosedTrade) -> [TradingLock] {
        guard trades.count >= tradeLimit else { return [] }
        let counted = trades.filter { !isOnlyPerSide || $0.side == trade.side }
        let profit = counted.reduce(Ratio.zero) { $0 + $1.profit }
        guard profit < requiredProfit else { return [] }
        let words = "\(profit.percentText) in \(lookBack), \(requiredProfit.percentText) is wanted"
        return [lock(trade.symbol, isOnlyPerSide ? trade.side : nil, until: trade.closedAt, words, trade)]
    }

    /// The largest fall of the running sum of returns from its highest, which is at least 0.
    private func drawdown(_ trades: [ClosedTrade], _ trade: ClosedTrade) -> [TradingLock] {
        guard trades.count >= tradeLimit else { return [] }
        var (sum, highest, fall) = (Ratio.zero, Ratio.zero, Ratio.zero)
        for one in trades.sorted(by: { ($0.closedAt, $0.id) < ($1.closedAt, $1.id) }) {
            sum = sum + one.profit
            highest = max(highest, sum)
            fall = max(fall, highest - sum)
        }
        guard fall > maximumAllowedDrawdown else { return [] }
        let words = "\(fall.percentText) lost in \(lookBack), \(maximumAllowedDrawdown.percentText) is allowed"
        return [lock(nil, nil, until: trade.closedAt, words, trade)]
    }

    private func lock(
        _ symbol: Symbol?, _ side: PositionSide?, until last: MarketTime, _ words: String, _ trade: ClosedTrade
    ) -> TradingLock {
        var lock = TradingLock()
        lock.protection = method.rawValue
        lock.symbol = symbol
        lock.side = side
        lock.since = trade.closedAt
        lock.until = last + stopDuration
        lock.reason = words
        return lock
    }
}

/// What the protections remember of a trade.
public struct ClosedTrade: Hashable, Sendable {
    /// The proposal's id.
    public var id: String
    public var symbol: Symbol
    public var side: PositionSide
    public var closedAt: MarketTime
    public var reason: ExitReason
    /// After fees, over the margin.
    public var profit: Ratio

    public init(
        id: String, symbol: Symbol, side: PositionSide, closedAt: MarketTime, reason: ExitReason, profit: Ratio
    ) {
        self.id = id
        self.symbol = symbol
        self.side = side
        self.closedAt = closedAt
        self.reason = reason
        self.profit = profit
    }

    public init(_ trade: Trade) {
        self.init(
            id: trade.id, symbol: trade.symbol, side: trade.side, closedAt: trade.exitTime, reason: trade.exitReason,
            profit: trade.returnOnMargin)
    }

    /// Stops and what trails like one; freqtrade counts the same.
    var isStop: Bool {
        switch reason {
        case .stopLoss, .ladder, .peakPullback, .liquidation: true
        case .takeProfit, .invalidation, .ttl, .signal, .operatorFlatten, .drawdownHalt: false
        }
    }
}

/// The trades and locks of the protections.
struct ProtectionBook: Sendable {
    /// Trades kept, latest last.
    static let capacity = 2_000

    let protections: [Protection]
    private(set) var trades: [ClosedTrade] = []
    private(set) var locks: [TradingLock] = []

    init(_ protections: [Protection]) { self.protections = protections }

    mutating func restore(trades: [ClosedTrade], locks: [TradingLock]) {
        self.trades = trades.sorted { ($0.closedAt, $0.id) < ($1.closedAt, $1.id) }
        self.locks = locks
    }

    /// Takes in a closed trade once. Returns the locks it has set or prolonged, or `nil` for one that is known.
    mutating func take(_ trade: ClosedTrade) -> [TradingLock]? {
        if trades.contains(where: { $0.id == trade.id && $0.closedAt == trade.closedAt }) { return nil }
        trades.append(trade)
        if trades.count > Self.capacity { trades.removeFirst(trades.count - Self.capacity) }
        locks.removeAll { $0.until <= trade.closedAt }
        var set: [TradingLock] = []
        for lock in protections.flatMap({ $0.locks(after: trade, trades: trades) }) where lock.until > trade.closedAt {
            let known = locks.firstIndex {
                $0.protection == lock.protection && $0.symbol == lock.symbol && $0.side == lock.side
            }
            if let known {
                guard lock.until > locks[known].until else { continue }
                locks[known] = lock
            } else {
                locks.append(lock)
            }
            set.append(lock)
        }
        return set
    }

    func lock(on symbol: Symbol, _ side: PositionSide, at time: MarketTime) -> TradingLock? {
        locks.filter {
            $0.until > time && ($0.symbol == nil || $0.symbol == symbol) && ($0.side == nil || $0.side == side)
        }.max { $0.until < $1.until }
    }

    func present(at time: MarketTime) -> [TradingLock] {
        locks.filter { $0.until > time }.sorted {
            ($0.protection, $0.symbol?.name ?? "") < ($1.protection, $1.symbol?.name ?? "")
        }
    }
}
