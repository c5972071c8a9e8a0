public import TradingModel

/// What may be traded, how much of it, and when a position is left.
public struct RiskSettings: Sendable, Equatable, SettingSection {
    public var maxDrawdownWarningPct: Percent = "15"
    public var maxDrawdownStopPct: Percent = "20"
    public var recoveryPct: Percent = "10"
    public var maxDailyLossPct: Percent = "5"
    public var maxDailyTrades = 20
    /// `UTC`, a fixed offset such as `+02:00` or a named zone such as `Europe/Berlin`; see ``zone``.
    public var timeZone = "UTC"
    public var minConfidence: Ratio = exactly("0.5")
    public var maxPositionPct: Percent = "20"
    public var minPositionPct: Percent = "1"
    public var maxSymbolExposurePct: Percent = "20"
    public var maxTotalExposurePct: Percent = "100"
    public var maxCorrelatedExposurePct: Percent = "60"
    public var correlationThreshold: Ratio = exactly("0.7")
    public var maxVarPct: Percent = "20"
    public var maxCvarPct: Percent = "30"
    public var varConfidence = VarConfidence.ninetyFive
    public var varHorizonHours = 24
    public var varMinCandles = 48
    public var maxEntriesPerMinute = 10
    public var maxEntriesPerHour = 60
    /// freqtrade's protections, with its key names.
    public var protections: [ProtectionSetting] = []
    public var maxLeverage = 25
    public var maxLeverageBySymbol: [Symbol: Int] = [:]
    public var unreadableInvalidation = UnreadableInvalidation.refuse
    public var maxClockOffsetMillis = 5_000
    public var silenceSeconds = 60
    public var ttlHours: Ratio = Ratio(36)
    /// Rising: once the peak has reached `threshold`, the position is left at `line`.
    public var ladder = Ladder.standard
    public var peakPullbackPct: Percent = "30"
    public var restingStop = true
    public var restingStopMarginPct: Percent = "0.1"
    public var minRewardToRisk: Ratio = Ratio(1)
    public var maxPriceAgeMillis = 10_000
    public var maxEvidenceAgeSeconds = 900
    public var flattenOnHalt = false
    public var orderTimeToLiveSeconds = 5

    public init() {}

    /// How far the day of the daily limits is ahead of UTC, and when that changes.
    public var zone: ZoneTable { ZoneTable(named: timeZone) ?? .utc }

    mutating func visit<V: SettingVisitor>(_ visitor: inout V) {
        visitAccount(&visitor)
        visitSizing(&visitor)
        visitPortfolio(&visitor)
        visitExits(&visitor)
        visitor.setting(
            "max_price_age_millis", &maxPriceAgeMillis, .from(100, to: 3_600_000),
            "Market milliseconds after which the last price of a symbol is too old to trade on.")
        visitor.setting(
            "max_evidence_age_seconds", &maxEvidenceAgeSeconds, .from(1, to: 86_400),
            "Market seconds after which a candle behind a proposal is too old.")
        visitor.setting(
            "max_clock_offset_millis", &maxClockOffsetMillis, .from(10, to: 3_600_000),
            "Milliseconds the venue's clock and this machine's may be apart when a price arrives; asked of live prices only."
        )
        visitor.setting(
            "silence_seconds", &silenceSeconds, .from(0, to: 86_400),
            "Seconds of the clock on the wall without any price after which nothing is opened until prices have come for five seconds; 0 asks for none."
        )
        visitor.setting(
            "flatten_on_halt", &flattenOnHalt,
            "Whether the drawdown stop also closes every position. Exits pass in any case.")
        visitor.setting(
            "order_time_to_live_seconds", &orderTimeToLiveSeconds, .from(1, to: 300),
            "Seconds after which an order request that was not answered counts as unresolved.")
    }

    private mutating func visitAccount<V: SettingVisitor>(_ visitor: inout V) {
        visitor.setting(
            "max_drawdown_warning_pct", &maxDrawdownWarningPct, .from("0.1", to: "100"),
            "Drawdown from peak equity, in percent, from which on no position is opened.")
        visitor.setting(
            "max_drawdown_stop_pct", &maxDrawdownStopPct, .from("0.1", to: "100"),
            "Drawdown from peak equity, in percent, from which on nothing is traded.")
        visitor.setting(
            "recovery_pct", &recoveryPct, .from("0", to: "100"),
            "Drawdown in percent below which either of the two is lifted again.")
        visitor.setting(
            "max_daily_loss_pct", &maxDailyLossPct, .from("0.1", to: "100"),
            "Loss since midnight, in percent of the equity at midnight, from which on no position is opened that day.")
        visitor.setting(
            "max_daily_trades", &maxDailyTrades, .from(1, to: 100_000), "Entries a day.")
        visitor.setting(
            "time_zone", &timeZone, .zone,
            "Where midnight is: UTC, a fixed distance from it, or a named zone with its daylight saving.")
    }

    private mutating func visitSizing<V: SettingVisitor>(_ visitor: inout V) {
        visitor.setting(
            "min_confidence", &minConfidence, .from(.zero, to: exactly("0.99")),
            "A proposal below it is denied; from here to 1 the size grows from nothing to max_position_pct.")
        visitor.setting(
            "max_position_pct", &maxPositionPct, .from("0.01", to: "100"),
            "Largest position, in percent of equity, before leverage.")
        visitor.setting(
            "min_position_pct", &minPositionPct, .from("0.01", to: "100"),
            "Smallest position, in percent of equity, before leverage.")
        visitor.setting(
            "max_symbol_exposure_pct", &maxSymbolExposurePct, .from("0.01", to: "2500"),
            "Largest exposure in one symbol, in percent of equity.")
        visitor.setting(
            "max_total_exposure_pct", &maxTotalExposurePct, .from("0.01", to: "2500"),
            "Largest exposure in all symbols together, in percent of equity.")
        visitor.setting("max_leverage", &maxLeverage, .from(1, to: 125), "A proposal that asks for more is denied.")
        visitor.setting(
            "max_leverage_by_symbol", &maxLeverageBySymbol, .leverages,
            "Lower bounds for single symbols, such as {DOGE/USDT: 5}.")
        visitor.setting(
            "min_reward_to_risk", &minRewardToRisk, .from(.zero, to: Ratio(100)),
            "Smallest distance to the target in multiples of the distance to the stop; 0 asks for none.")
    }

    private mutating func visitPortfolio<V: SettingVisitor>(_ visitor: inout V) {
        visitor.setting(
            "max_correlated_exposure_pct", &maxCorrelatedExposurePct, .from("0.01", to: "2500"),
            "Largest exposure in what wins and loses together, in percent of equity; symbols nobody has measured count as one."
        )
        visitor.setting(
            "correlation_threshold", &correlationThreshold, .from(.zero, to: .one),
            "Correlation of the hourly returns from which on two positions of one side count as one.")
        visitor.setting(
            "max_var_pct", &maxVarPct, .from("0", to: "10000"),
            "Largest value at risk of all positions together, in percent of equity: the worse of history and normal distribution; 0 asks for none."
        )
        visitor.setting(
            "max_cvar_pct", &maxCvarPct, .from("0", to: "10000"),
            "Largest mean loss beyond the value at risk, in percent of equity; 0 asks for none.")
        visitor.setting(
            "var_confidence", &varConfidence, "Percent of the cases that lose no more than the value at risk.")
        visitor.setting(
            "var_horizon_hours", &varHorizonHours, .from(1, to: 720), "Hours over which the loss is counted.")
        visitor.setting(
            "var_min_candles", &varMinCandles, .from(20, to: 499),
            "Hourly returns a symbol needs to be measured; with fewer it counts with the whole loss at its stop.")
        visitor.setting(
            "max_entries_per_minute", &maxEntriesPerMinute, .from(0, to: 100_000),
            "Entries in a minute of market time; 0 asks for none. Exits never wait.")
        visitor.setting(
            "max_entries_per_hour", &maxEntriesPerHour, .from(0, to: 100_000),
            "Entries in an hour of market time; 0 asks for none.")
        visitor.setting(
            "protections", &protections, .count(0, to: 32),
            "freqtrade's StoplossGuard, CooldownPeriod, LowProfitPairs and MaxDrawdown with its keys: see docs/risk.md."
        )
        visitor.setting(
            "unreadable_invalidation", &unreadableInvalidation,
            "What becomes of a proposal whose invalidation cannot be read or measured: refuse denies it, mark guards the position by everything else and says so."
        )
    }

    private mutating func visitExits<V: SettingVisitor>(_ visitor: inout V) {
        visitor.setting(
            "ttl_hours", &ttlHours, .from(exactly("0.01"), to: Ratio(8_760)),
            "Market hours after which a position is left.")
        visitor.setting(
            "ladder", &ladder, .rising,
            "Profit ladder in percent with leverage: once the peak has reached the first number, the position is left at the second."
        )
        visitor.setting(
            "peak_pullback_pct", &peakPullbackPct, .from("1", to: "100"),
            "Part of the peak profit, in percent, whose loss ends the position; armed at the first step of the ladder.")
        visitor.setting(
            "resting_stop", &restingStop,
            "Whether a stop order rests at the exchange for each open position of mode: live, moved with the ladder and gone with the position. On paper, where execution and market stop together, risk's guard is the only stop; MEXC has no such orders."
        )
        visitor.setting(
            "resting_stop_margin_pct", &restingStopMarginPct, .from("0", to: "5"),
            "How far behind the guard's own stop the exchange's waits, in percent of the price: the guard comes first while risk runs; 0 lets the two race."
        )
    }
}
