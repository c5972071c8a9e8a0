public import TradingModel

/// The venue that fills orders on paper, and the order journal.
public struct ExecutionSettings: Sendable, Equatable, SettingSection {
    /// What a new paper account holds, in the quote currency.
    public var startingBalance: Money = Money(10_000)
    public var slippagePct: Percent = "0.05"
    public var makerFeePct: Percent = "0.02"
    public var takerFeePct: Percent = "0.06"
    /// Whether an order larger than the book's best level is filled in parts.
    public var partialFills = true
    /// The share of the quantity at the best price one ticker may fill.
    public var fillSharePct: Percent = "100"
    public var maxLeverage = 25
    /// How far the price may have moved since an entry was decided.
    public var maxEntryDeviationPct: Percent = "1"
    public var maintenanceMarginPct: Percent = "0.5"
    public var synchronous: JournalSync = .auto
    /// How often the books are compared with a real exchange's.
    public var reconcileSeconds = 30
    /// How long a request to a real exchange may take.
    public var requestTimeoutMillis = 6_000
    /// For how long a real exchange may take a signed request (`recvWindow`).
    public var receiveWindowMillis = 5_000
    /// What becomes of open positions when Quartet is stopped in good order.
    public var onStop: StopAction = .leave

    public init() {}

    mutating func visit<V: SettingVisitor>(_ visitor: inout V) {
        visitor.setting(
            "starting_balance", &startingBalance, .from(Money(1), to: Money(1_000_000_000)),
            "What a new paper account holds, in the quote currency.")
        visitor.setting(
            "slippage_pct", &slippagePct, .from("0", to: "10"),
            "How much worse than the quote a paper market order fills, in percent.")
        visitor.setting(
            "maker_fee_pct", &makerFeePct, .from("-1", to: "5"),
            "Fee of a paper fill that rested, in percent; negative is a rebate.")
        visitor.setting(
            "taker_fee_pct", &takerFeePct, .from("0", to: "5"), "Fee of a paper fill that took, in percent.")
        visitor.setting(
            "partial_fills", &partialFills,
            "Whether a paper order larger than what is quoted is filled in parts, over several tickers.")
        visitor.setting(
            "fill_share_pct", &fillSharePct, .from("1", to: "100"),
            "Part of the quoted quantity one ticker may fill, in percent.")
        visitor.setting(
            "max_leverage", &maxLeverage, .from(1, to: 125), "The paper venue rejects orders that ask for more.")
        visitor.setting(
            "max_entry_deviation_pct", &maxEntryDeviationPct, .from("0.01", to: "100"),
            "An entry is denied where the price has moved further than this since it was decided, in percent: its request was too long on its way."
        )
        visitor.setting(
            "maintenance_margin_pct", &maintenanceMarginPct, .from("0", to: "50"),
            "Margin, in percent of the notional, below which the paper venue liquidates a position.")
        visitor.setting(
            "synchronous", &synchronous,
            "When the order journal is forced to the disk: full survives a power cut, normal a killed process; auto is normal on paper, full live."
        )
        visitor.setting(
            "reconcile_seconds", &reconcileSeconds, .from(5, to: 3_600),
            "Seconds between two comparisons of the books with a real exchange's orders, fills and positions.")
        visitor.setting(
            "request_timeout_millis", &requestTimeoutMillis, .from(500, to: 30_000),
            "Milliseconds after which a request to a real exchange counts as unanswered: what it asked for is then unknown until the exchange was asked."
        )
        visitor.setting(
            "receive_window_millis", &receiveWindowMillis, .from(250, to: 30_000),
            "Milliseconds for which a signed request is good at a real exchange (recvWindow); an order it denies is believed not to be there after 2.4 times as long."
        )
        visitor.setting(
            "on_stop", &onStop,
            "What quartet down does with open positions: leave keeps them, with their plans on disk; flatten has risk close them at market before anything stops."
        )
    }
}

/// What becomes of open positions at a stop.
public enum StopAction: String, Sendable, CaseIterable, SettingChoice {
    case leave, flatten
}

/// When the order journal is forced to the disk.
public enum JournalSync: String, Sendable, CaseIterable, SettingChoice {
    case auto, normal, full
}
