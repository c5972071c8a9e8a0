/// How one strategy's word counted in a decision.
public enum ContributionOutcome: String, Sendable, CaseIterable {
    /// Its idea is what was proposed.
    case chosen
    /// It spoke for the side that was chosen.
    case agreed
    /// It spoke for the other side.
    case opposed
    /// It rests in this regime and opens nothing.
    case resting
    /// Below the minimum confidence.
    case belowConfidence = "below_confidence"
    /// Its weight is zero: it is only watched.
    case withoutWeight = "without_weight"
    /// A position or plan of the symbol is open already.
    case positionOpen = "position_open"
    /// The two sides cancel out, or leave too little confidence.
    case undecided
    /// The positions of all strategies together would be too many.
    case exposureLimit = "exposure_limit"
    /// It wants to leave, and no position of its own is open.
    case nothingToLeave = "nothing_to_leave"
    /// An exit that goes first left no room for it.
    case outranked
    /// None of its conditions holds.
    case silent
    /// It has not seen enough candles yet.
    case warmingUp = "warming_up"
}

/// What one strategy said, or that it said nothing, when a decision was made, and what became of it.
public struct Contribution: Hashable, Sendable {
    public var strategy: String = ""
    public var timeframe: Timeframe = .fiveMinutes
    /// `hold` where it said nothing.
    public var action: SignalAction = .hold
    public var confidence: Double = 0
    /// What its word counts, beside the others'.
    public var weight: Double = 1
    /// Of its symbol and timeframe.
    public var regime: Regime = .unknown
    public var outcome: ContributionOutcome = .silent
    public init() {}
}
