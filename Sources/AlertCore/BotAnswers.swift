public import TradingModel

/// What the bot knows when it is asked, and how it says it.
public struct BotBooks: Sendable {
    public var risk: RiskState?
    public var account: AccountState?
    public var positions: [Position] = []
    public var plans: [ExitPlan] = []
    public var lives: [ServiceLife] = []
    /// When each service was last heard of.
    public var heardAt: [String: WallTime] = [:]
    public init() {}

    /// What trading does, and every open position with what it is worth.
    public func status(_ tickers: [Ticker]) -> String {
        var lines = [state]
        let prices = Dictionary(tickers.map { ($0.symbol, $0.last) }) { first, _ in first }
        let plans = Dictionary(plans.filter { $0.status != .spent }.map { ($0.symbol, $0) }) { first, _ in first }
        for position in positions.filter(\.isOpen).sorted(by: { $0.symbol < $1.symbol }) {
            var line =
                "\(position.symbol): \(position.side.rawValue) \(position.quantity) at \(position.averageEntryPrice), "
                + "\(position.leverage)x, \(position.strategy)"
            if let price = prices[position.symbol] {
                line += "; now \(price), \(Self.signed(position.unrealizedPnL(at: price)))"
            }
            if let plan = plans[position.symbol] { line += "; stop \(plan.stopLoss), target \(plan.takeProfit)" }
            lines.append(line)
        }
        if positions.filter(\.isOpen).isEmpty { lines.append("No position is open.") }
        return lines.joined(separator: "\n")
    }

    private var state: String {
        guard let risk else { return "Risk has not told its state." }
        return "Trading is \(risk.state.rawValue)" + (risk.reason.isEmpty ? "." : ": \(risk.reason)")
    }

    public var balance: String {
        guard let account else { return "Execution has not told the account." }
        return """
            Equity \(account.equity) \(account.currency)
            Cash \(account.balance), open results \(Self.signed(account.unrealizedPnL)), margin used \(account.marginUsed)
            Realized \(Self.signed(account.realizedPnL)), fees \(account.fees)
            """
    }

    /// - Parameter exposure: what of it the limits allow, in words.
    public func count(tradesAllowed: Int) -> String {
        let open = positions.count(where: \.isOpen)
        let trades = risk.map { "; today \($0.dailyTrades) of \(tradesAllowed) trades" } ?? ""
        return "\(open) open \(open == 1 ? "position" : "positions")\(trades)."
    }

    public func health(at now: WallTime) -> String {
        guard !lives.isEmpty else { return "No service has been heard of." }
        return lives.sorted { $0.service < $1.service }.map { life in
            let age = heardAt[life.service].map { Span.seconds(max(0, (now - $0).micros / 1_000_000)) } ?? .zero
            let reason = life.reason.isEmpty ? "" : ": \(life.reason)"
            return "\(life.service): \(life.condition)\(reason) (heard \(age) ago)"
        }.joined(separator: "\n")
    }

    // MARK: Closed trades

    public func profit(_ trades: [Trade]) -> String {
        guard !trades.isEmpty else { return "No trade is closed yet." }
        let net = trades.reduce(Money.zero) { $0 + $1.netPnL }
        let wins = trades.filter(\.netPnL.isPositive)
        let losses = trades.filter(\.netPnL.isNegative)
        let won = wins.reduce(Money.zero) { $0 + $1.netPnL }
        let lost = losses.reduce(Money.zero) { $0 - $1.netPnL }
        var lines = [
            "\(trades.count) closed trades: \(Self.signed(net)) after fees",
            "\(wins.count) won, \(losses.count) lost (\(Words.percent(Double(wins.count) / Double(trades.count))) won)",
        ]
        if lost.isPositive { lines.append("profit factor \(Self.twoDigits(won.double / lost.double))") }
        if let best = trades.max(by: { $0.netPnL < $1.netPnL }), let worst = trades.min(by: { $0.netPnL < $1.netPnL }) {
            lines.append(
                "best \(best.symbol) \(Self.signed(best.netPnL)), worst \(worst.symbol) \(Self.signed(worst.netPnL))")
        }
        if let risk { lines.append("drawdown now \(Words.percent(risk.drawdown.double))") }
        return lines.joined(separator: "\n")
    }

    /// The last days on which something was closed, by the venue's clock in UTC, newest first.
    public func daily(_ trades: [Trade], days: Int) -> String {
        var totals: [String: (count: Int, net: Money)] = [:]
        for trade in trades {
            let day = String(trade.exitTime.description.prefix(10))
            let total = totals[day] ?? (0, .zero)
            totals[day] = (total.count + 1, total.net + trade.netPnL)
        }
        guard !totals.isEmpty else { return "No trade is closed yet." }
        return totals.sorted { $0.key > $1.key }.prefix(days).map { day, total in
            "\(day): \(Self.signed(total.net)) in \(total.count) \(total.count == 1 ? "trade" : "trades")"
        }.joined(separator: "\n")
    }

    public func list(_ trades: [Trade], limit: Int) -> String {
        guard !trades.isEmpty else { return "No trade is closed yet." }
        return trades.sorted { ($0.exitTime, $0.id) > ($1.exitTime, $1.id) }.prefix(limit).map { trade in
            "\(trade.exitTime) \(trade.symbol) \(trade.side.rawValue): \(Self.signed(trade.netPnL)) "
                + "(\(Words.percent(trade.returnOnMargin.double))), \(trade.exitReason.rawValue), \(trade.strategy)"
        }.joined(separator: "\n")
    }

    public func performance(_ trades: [Trade]) -> String {
        guard !trades.isEmpty else { return "No trade is closed yet." }
        let groups = Dictionary(grouping: trades, by: \.symbol).mapValues { group in
            (count: group.count, net: group.reduce(Money.zero) { $0 + $1.netPnL })
        }
        return groups.sorted { ($0.value.net, $1.key) > ($1.value.net, $0.key) }.enumerated().map { index, entry in
            "\(index + 1). \(entry.key): \(Self.signed(entry.value.net)) in \(entry.value.count)"
        }.joined(separator: "\n")
    }

    private static func signed(_ money: Money) -> String { money.isPositive ? "+\(money)" : "\(money)" }

    private static func twoDigits(_ value: Double) -> String {
        let hundredths = Int((min(value, 1_000_000) * 100).rounded())
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}
