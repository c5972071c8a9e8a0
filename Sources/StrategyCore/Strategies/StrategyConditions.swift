import TradingModel

/// What a strategy sees at one closed candle: its four conditions, each evaluated without knowledge of a position.
///
/// These are the raw conditions: an entry already needs traded volume, but entry and exit of one side may hold
/// together; ``actions`` settles that.
public struct StrategyConditions: Hashable, Sendable {
    public var enterLong = false
    public var exitLong = false
    public var enterShort = false
    public var exitShort = false
    /// How far beyond its bare threshold the long entry is, in the strategy's own measure; 0 at the threshold.
    public var strengthLong = 0.0
    /// The same for the short entry; equal for mirrored inputs.
    public var strengthShort = 0.0
    /// The long entry holds now and did not at the candle before. Only strategies that add to a position set it.
    public var isFreshLong = false
    public var isFreshShort = false

    public init() {}

    init(
        enterLong: Bool, exitLong: Bool, enterShort: Bool, exitShort: Bool, strengthLong: Double, strengthShort: Double
    ) {
        self.enterLong = enterLong
        self.exitLong = exitLong
        self.enterShort = enterShort
        self.exitShort = exitShort
        self.strengthLong = strengthLong
        self.strengthShort = strengthShort
    }

    /// What is given to the decision loop: exits first, then entries; an entry whose own side exits is not given.
    public var actions: [SignalAction] {
        var actions: [SignalAction] = []
        if exitLong { actions.append(.exitLong) }
        if exitShort { actions.append(.exitShort) }
        if enterLong && !exitLong { actions.append(.enterLong) }
        if enterShort && !exitShort { actions.append(.enterShort) }
        return actions
    }

    /// Entries need trade: on a candle without volume no entry holds; exits do not ask.
    func requiringVolume(_ volume: Double) -> StrategyConditions {
        guard volume <= 0 else { return self }
        var conditions = self
        conditions.enterLong = false
        conditions.enterShort = false
        conditions.isFreshLong = false
        conditions.isFreshShort = false
        return conditions
    }

    /// The strength of the entry of one side.
    public func strength(_ side: PositionSide) -> Double { side == .long ? strengthLong : strengthShort }
    /// Whether the entry of one side is fresh.
    public func isFresh(_ side: PositionSide) -> Bool { side == .long ? isFreshLong : isFreshShort }
}

/// How sure an entry is, 0.5…1, as a function of its strength.
public enum Confidence {
    /// `0.5 + 0.5 · s / (s + scale)`: 0.5 at the bare threshold, 0.75 at `s = scale`, toward 1 beyond.
    ///
    /// Never falls as s grows, finite for every s. A strength below 0 (a residue of rounding) counts as 0, an
    /// infinite one (a distance measured in deviations of 0) gives 1. `scale` is positive.
    public static func of(strength s: Double, scale: Double) -> Double {
        guard s > 0 else { return 0.5 }
        guard s < .infinity else { return 1 }
        // Divided through by s, so that neither a huge nor a tiny s can overflow.
        return 0.5 + 0.5 / (1 + scale / s)
    }

    /// A distance in deviations, `distance / deviation`; infinite where the deviation is 0.
    static func distance(_ distance: Double, inDeviations deviation: Double) -> Double {
        deviation > 0 ? abs(distance) / deviation : .infinity
    }
}

/// How two series stood to each other one candle ago, to tell a cross.
struct Crossing: Sendable {
    private var previous: (a: Double, b: Double)?

    enum Event { case none, above, below }

    /// `above`: a > b now and a <= b before. `below`: a < b now and a >= b before. With an undefined value, neither.
    mutating func update(_ a: Double?, _ b: Double?) -> Event {
        guard let a, let b else {
            previous = nil
            return .none
        }
        let before = previous
        previous = (a, b)
        guard let before else { return .none }
        if a > b && before.a <= before.b { return .above }
        if a < b && before.a >= before.b { return .below }
        return .none
    }
}
