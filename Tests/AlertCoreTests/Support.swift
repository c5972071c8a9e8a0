import AlertCore
import TradingModel

let noon = WallTime(micros: CivilTime.micros(year: 2025, month: 5, day: 20, hour: 12))
let btc = Symbol("BTC/USDT") ?? .none
let eth = Symbol("ETH/USDT") ?? .none

/// A watch with what it has told.
struct Witness {
    var watch: AlertWatch
    var alerts: [Alert] = []

    init(_ change: (inout AlertLimits) -> Void = { _ in }, memory: [String: String] = [:]) {
        var limits = AlertLimits()
        limits.drawdowns = [.percent(Ratio(10)), .percent(Ratio(15))]
        limits.services = ["feed", "risk"]
        limits.symbols = [btc, eth]
        change(&limits)
        watch = AlertWatch(limits: limits, memory: memory)
    }

    /// The alerts that one fact causes, `seconds` after noon.
    mutating func take(_ fact: AlertFact, _ seconds: Int64 = 0) -> [Alert] {
        var notes = AlertNotes()
        watch.take(fact, at: noon + .seconds(seconds), into: &notes)
        alerts += notes.alerts
        return notes.alerts
    }
}

func alert(
    _ rule: AlertRule, _ key: String = "account", _ phase: Alert.Phase = .event, severity: AlertSeverity? = nil,
    at seconds: Int64 = 0, id: String? = nil, text: String = "text", incident: String? = nil
) -> Alert {
    Alert(
        id: id ?? "\(rule.rawValue)/\(key)/\(seconds)", rule: rule, key: key, phase: phase,
        severity: severity ?? rule.standard, text: text, at: noon + .seconds(seconds), incident: incident)
}

func state(_ state: TradingState, _ reason: String = "why", loss: String = "0", drawdown: String = "0") -> RiskState {
    var risk = RiskState()
    risk.state = state
    risk.reason = reason
    risk.dailyLoss = Ratio(loss) ?? .zero
    risk.drawdown = Ratio(drawdown) ?? .zero
    return risk
}

func trade(_ id: String, _ reason: ExitReason = .takeProfit, net: String = "12.5") -> Trade {
    var trade = Trade()
    trade.id = id
    trade.symbol = btc
    trade.netPnL = Money(net) ?? .zero
    trade.exitReason = reason
    trade.exitTime = MarketTime(micros: noon.micros)
    return trade
}

func position(_ symbol: Symbol, _ proposal: String) -> Position {
    var position = Position()
    position.symbol = symbol
    position.proposalID = proposal
    position.quantity = Quantity("1") ?? .zero
    return position
}

func life(_ service: String, _ condition: String = "healthy", reason: String = "", session: String = "a") -> ServiceLife
{
    ServiceLife(service: service, condition: condition, reason: reason, session: session, residentBytes: 1)
}
