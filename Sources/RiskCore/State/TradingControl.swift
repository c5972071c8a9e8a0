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

    public init() {}

    /// The state that counts everywhere.
    public var state: TradingState { max(automatic, hold?.state ?? .active) }

    /// The hold that counts for a symbol, if any: the more severe of the general and its own.
    public func hold(on symbol: Symbol) -> Hold? {
        guard let own = symbolHolds[symbol] else { return hold }
        guard let hold else { return own }
        return own.state > hold.state ? own : hold
    }

    /// One sentence for ``state`` and every hold; empty when nothing is held.
    public var reason: String {
        var parts: [String] = []
        if let hold { parts.append("\(hold.state.rawValue) by \(hold.who): \(hold.why)") }
        if automatic != .active { parts.append(automaticReason) }
        for (symbol, hold) in symbolHolds.sorted(by: { $0.key < $1.key }) {
            parts.append("\(symbol) \(hold.state.rawValue) by \(hold.who): \(hold.why)")
        }
        return parts.joined(separator: "; ")
    }

    /// When the state that counts began.
    public var since: MarketTime {
        guard let hold, hold.state >= automatic else { return automaticSince }
        return hold.since
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
    /// Absent where the change holds for everything.
    public var symbol: Symbol?
    public var from: TradingState
    public var to: TradingState
    /// An operator's name, `drawdown` or `kill file`.
    public var who: String
    public var why: String

    public init(
        at: MarketTime, wall: WallTime, symbol: Symbol?, from: TradingState, to: TradingState, who: String, why: String
    ) {
        self.at = at
        self.wall = wall
        self.symbol = symbol
        self.from = from
        self.to = to
        self.who = who
        self.why = why
    }
}
