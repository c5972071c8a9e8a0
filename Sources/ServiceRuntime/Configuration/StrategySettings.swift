/// Which rules form an opinion, and when.
public struct StrategySettings: Sendable, Equatable, SettingSection {
    /// Names of strategies; the strategy service knows which there are.
    public var active = [
        "momentum", "mean_reversion", "scalping", "universal_macd", "multi_supertrend", "adx_sma", "bandtastic",
        "volatility_system", "ichimoku", "keltner", "donchian", "parabolic_sar", "trend_following", "connors_rsi2",
        "squeeze", "vwap_reversion",
    ]
    /// Market minutes between two decisions.
    public var decisionMinutes = 5
    /// An entry signal below it is not proposed.
    public var minimumConfidence: Double = 0.5
    /// Wall seconds a proposal is good for.
    public var proposalSeconds = 5
    /// The leverage a proposal asks for.
    public var leverage = 1
    /// Distance of the suggested stop from the close, in ATR(14).
    public var stopAtr: Double = 2
    /// Distance of the suggested target from the close, in ATR(14).
    public var targetAtr: Double = 3
    /// Whether short entries are proposed.
    public var allowShort = true
    /// `strategy.parameter` → value, checked by the strategy service.
    public var parameters: [String: Double] = [:]
    /// What each strategy's word counts; 1 where it is not named.
    public var weights: [String: Double] = [:]
    /// Percent of the size that risk allows which an entry of a strategy may take; 100 where it is not named.
    public var allocationsPercent: [String: Double] = [:]
    /// Regimes in which a strategy may open positions, in words; the strategy's default where it is not named.
    public var regimes: [String: String] = [:]
    /// Full positions of all strategies together; 0 for no limit.
    public var maxExposure: Double = 0
    /// Full positions on one side.
    public var maxSideExposure: Double = 0

    public init() {}

    mutating func visit<V: SettingVisitor>(_ visitor: inout V) {
        visitor.setting("active", &active, .distinct(1, to: 50), "The strategies that run.")
        visitor.setting(
            "decision_minutes", &decisionMinutes, .divisorOfDay, "Market minutes between two decisions.")
        visitor.setting(
            "minimum_confidence", &minimumConfidence, .from(0, to: 1), "An entry signal below it is not proposed.")
        visitor.setting(
            "proposal_seconds", &proposalSeconds, .from(1, to: 300),
            "Seconds after which a proposal that got no verdict is void.")
        visitor.setting(
            "leverage", &leverage, .from(1, to: 125), "The leverage a proposal asks for; risk has the last word.")
        visitor.setting(
            "stop_atr", &stopAtr, .from(0.25, to: 10), "Distance of the suggested stop from the close, in ATR(14).")
        visitor.setting(
            "target_atr", &targetAtr, .from(0.25, to: 30),
            "Distance of the suggested target from the close, in ATR(14).")
        visitor.setting("allow_short", &allowShort, "Whether short entries are proposed.")
        visitor.setting(
            "parameters", &parameters,
            "Parameters of single strategies by strategy.parameter, such as momentum.fast: 12.")
        visitor.setting(
            "weights", &weights,
            "What a strategy's word counts beside the others', such as momentum: 2; 1 where not named, 0 to only watch it."
        )
        visitor.setting(
            "allocations_pct", &allocationsPercent,
            "Percent of the size risk allows that an entry of a strategy may take, such as donchian: 50; 100 where not named."
        )
        visitor.setting(
            "regimes", &regimes,
            "Where a strategy may open positions, such as momentum: trending high_volatility; words are trending, sideways, high_volatility, unknown, all, none."
        )
        visitor.setting(
            "max_exposure", &maxExposure, .from(0, to: 1_000),
            "Full positions that all strategies together may have open; 0 for no limit of strategy's own.")
        visitor.setting(
            "max_side_exposure", &maxSideExposure, .from(0, to: 1_000),
            "The same for the long and the short side alone; 0 for no limit.")
    }
}

extension SettingRange where Value == Int {
    /// Minutes that divide a day, so that decisions fall on the same minutes every day.
    static var divisorOfDay: SettingRange {
        SettingRange("from 1 to 1440 that divides 1440") { (1...1_440).contains($0) && 1_440 % $0 == 0 }
    }
}
