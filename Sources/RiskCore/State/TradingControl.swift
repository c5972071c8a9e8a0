public import TradingModel

/// Who may trade what now: the drawdown's word and the operator's, kept apart so that neither undoes the other.
///
/// The automatic state follows the drawdown with hysteresis. A hold is set and lifted by an operator (or the kill file)
/// only. What counts is the more severe of the two. Cancels and exits pass in every state.
public struct TradingControl: Hashable, Sendable {
    /// A state set by hand.
    public struct Hold: Hashable, Sendable {
        public var state: TradingState
        public var who: String
        public var why: String
        public var since: MarketTime
        public init(state: TradingState, who: String, why: String, since: MarketTime) {
            self.state = state
            self.who = who
            self.why = why
            self.since = since
        }
    }

    /// What the drawdown asks for.
    public var automatic: TradingState = .active
    public var automaticReason = ""
    public var automaticSince: MarketTime = .distantPast
    /// What the operator asks for everywhere.
    public var hold: Hold?
    /// What the operator asks for single symbols.
    public var symbolHolds: [Symbol: Hold] = [:]
    /// What the operator asks for single strategies.
    public var strategyHolds: [String: Hold] = [:]
    /// No price comes. Not saved: found out anew after a restart.
    public var silence: Hold?

    public init() {}

    /// The state that counts everywhere.
    public var state: TradingState {
        max(automatic, max(hold?.state ?? .active, silence?.state ?? .active))
    }

    /// The hold that counts for a symbol and a strategy, if any: the most severe, the more general where they are equal.
    public func hold(on symbol: Symbol?, strategy: String? = nil) -> Hold? {
        var severest = hold
        for other in [
            symbol.flatMap { symbolHolds[$0] }, strategy.flatMap { strategyHolds[$0] }, silence,
        ] {
            guard let other else { continue }
            if severest.map({ other.state > $0.state }) ?? true { severest = other }
        }
        return severest
    }

    /// One sentence for ``state`` and every hold; empty when nothing is held.
    public var reason: String {
        if hold == nil, automatic == .active, silence == nil, symbolHolds.isEmpty, strategyHolds.isEmpty { return "" }
        var parts: [String] = []
        if let hold { parts.append("\(hold.state.rawValue) by \(hold.who): \(hold.why)") }
        if automatic != .active { parts.append(automaticReason) }
        if let silence { parts.append(silence.why) }
        for (symbol, hold) in symbolHolds.sorted(by: { $0.key < $1.key }) {
            parts.append("\(symbol) \(hold.state.rawValue) by \(hold.who): \(hold.why)")
        }
        for (strategy, hold) in strategyHolds.sorted(by: { $0.key < $1.key }) {
            parts.append("strategy \(strategy) \(hold.state.rawValue) by \(hold.who): \(hold.why)")
        }
        return parts.joined(separator: "; ")
    }

    /// When the state that counts began.
    public var since: MarketTime {
        if let hold, hold.state >= automatic, hold.state >= silence?.state ?? .active { return hold.since }
        if let silence, silence.state > automatic { return silence.since }
        return automaticSince
    }

    /// Follows the drawdown. At the stop `halted`, at the warning `reducing`, below the recovery `active`; between them
    /// the state stays, and `halted` never softens to `reducing`. Returns whether it changed.
    mutating func follow(drawdown: Ratio, limits: RiskLimits, at time: MarketTime) -> Bool {
        let recovery = min(limits.drawdownRecovery, limits.drawdownWarning)
        let next: TradingState =
            if drawdown >= limits.drawdownStop {
                .halted
            } else if drawdown >= limits.drawdownWarning {
                max(automatic, .reducing)
            } else if drawdown < recovery {
                .active
            } else {
                automatic
            }
        guard next != automatic else { return false }
        automatic = next
        automaticSince = time
        automaticReason =
            switch next {
            case .active: ""
            case .reducing:
                "drawdown \(drawdown.percentText) has reached the warning at \(limits.drawdownWarning.percentText)"
            case .halted: "drawdown \(drawdown.percentText) has reached the stop at \(limits.drawdownStop.percentText)"
            }
        return true
    }
}

/// One change of what may be traded, for the record.
public struct StateChange: Hashable, Sendable {
    public var at: MarketTime
    public var wall: WallTime
    /// Absent where the change holds for everything, or for a strategy.
    public var symbol: Symbol?
    /// Present where it holds for one strategy.
    public var strategy: String?
    public var from: TradingState
    public var to: TradingState
    /// An operator's name, `drawdown`, `feed` or `kill file`.
    public var who: String
    public var why: String

    public init(
        at: MarketTime, wall: WallTime, symbol: Symbol?, strategy: String? = nil, from: TradingState,
        to: TradingState, who: String, why: String
    ) {
        self.at = at
        self.wall = wall
        self.symbol = symbol
        self.strategy = strategy
        self.from = from
        self.to = to
        self.who = who
        self.why = why
    }
}
