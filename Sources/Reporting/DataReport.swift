import JSONText
import Portfolio
import TradingModel

/// The report for programs: one JSON value, and tables as CSV. Amounts are exact texts, times microseconds since 1970 UTC,
/// shares and ratios numbers, absent where they have no meaning.
public enum DataReport {
    /// ``json(_:_:)`` as text.
    public static func text(_ record: RunRecord, _ figures: RunFigures) -> String { json(record, figures).text() }

    static func json(_ record: RunRecord, _ figures: RunFigures) -> JSONValue {
        var result = JSONBuilder()
        result.add("kind", .string("backtest"))
        result.add("strategies", .array(record.strategies.map { .string($0) }))
        result.add("symbols", .array(record.symbols.map { .string($0.name) }))
        result.add("from", JSONValue(record.from.micros))
        result.add("to", JSONValue(record.to.micros))
        result.add("currency", .string(record.currency))
        result.add("startingBalance", .string(record.startingBalance.description))
        result.add("finalBalance", .string(record.finalBalance.description))
        result.add("summary", summary(record, figures))
        for (name, groups) in [
            ("byPair", TradeGroup.all(record) { $0.trade.symbol.name }),
            ("byEntryTag", TradeGroup.all(record) { $0.entryTag }),
            ("byExitReason", TradeGroup.all(record) { $0.trade.exitReason.rawValue }),
        ] {
            result.add(name, .array(groups.dropLast().map(group)))
        }
        result.add(
            "refusals", .object(JSONObject(record.denials.sorted { $0.key < $1.key }.map { ($0, JSONValue($1)) })))
        result.add("leftOpen", .array(record.open.map(open)))
        result.add("assumptions", .object(JSONObject(record.assumptions.map { ($0.name, .string($0.value)) })))
        result.add("remarks", .array(record.remarks.map { .string($0) }))
        result.add("trades", .array(record.trades.map(trade)))
        result.add(
            "equity",
            .array(record.equity.map { .array([JSONValue($0.time.micros), .string($0.equity.description)]) }))
        return result.value
    }

    private static func summary(_ record: RunRecord, _ figures: RunFigures) -> JSONValue {
        let summary = figures.summary
        var out = JSONBuilder()
        out.add("trades", JSONValue(summary.trades))
        out.add("wins", JSONValue(summary.wins))
        out.add("losses", JSONValue(summary.losses))
        out.add("netPnl", .string(summary.netPnL.description))
        out.add("grossPnl", .string(summary.grossPnL.description))
        out.add("fees", .string(summary.fees.description))
        out.add("turnover", .string(record.turnover.description))
        let numbers: [(String, Double?)] = [
            ("winRate", summary.winRate), ("return", summary.returnOnStart), ("cagr", figures.growthRate),
            ("sharpe", summary.sharpeRatio), ("sortino", summary.sortinoRatio), ("calmar", figures.calmar),
            ("sqn", figures.systemQuality), ("profitFactor", summary.profitFactor),
            ("expectancy", summary.expectancy?.double), ("expectancyRatio", figures.expectancyRatio),
            ("maxDrawdown", summary.maxDrawdown.double), ("maxDrawdownAmount", summary.maxDrawdownAmount.double),
            ("omega", figures.omega), ("ulcer", figures.ulcer), ("cvar95", figures.conditionalValueAtRisk),
            ("probabilisticSharpe", figures.probabilisticSharpe), ("meanMae", figures.meanAdverse),
            ("meanMfe", figures.meanFavourable), ("turnoverOfStart", figures.turnover),
            ("feesOfGrossProfit", figures.feesOfGrossProfit),
            ("marketChange", RunFigures.mean(record.sources.map(\.marketChange))),
        ]
        for (name, value) in numbers { out.add(name, value) }
        out.add("decisions", JSONValue(record.decisions))
        out.add("proposals", JSONValue(record.proposals))
        out.add("unfilledOrders", JSONValue(record.unfilledOrders))
        out.add("candles", JSONValue(record.candles))
        return out.value
    }

    private static func group(_ group: TradeGroup) -> JSONValue {
        var out = JSONBuilder()
        out.add("name", .string(group.name))
        out.add("trades", JSONValue(group.trades))
        out.add("wins", JSONValue(group.wins))
        out.add("draws", JSONValue(group.draws))
        out.add("losses", JSONValue(group.losses))
        out.add("netPnl", .string(group.net.description))
        out.add("meanReturn", group.meanReturn)
        out.add("return", group.share)
        out.add("meanHoldingMicros", group.meanHolding.map { JSONValue($0.micros) })
        out.add("meanMae", group.meanAdverse)
        out.add("meanMfe", group.meanFavourable)
        return out.value
    }

    private static func open(_ open: OpenTrade) -> JSONValue {
        var out = JSONBuilder()
        out.add("symbol", .string(open.position.symbol.name))
        out.add("side", .string(open.position.side.rawValue))
        out.add("quantity", .string(open.position.quantity.description))
        out.add("cost", .string(open.position.cost.description))
        out.add("openedAt", JSONValue(open.position.openedAt.micros))
        out.add("lastPrice", .string(open.price.description))
        out.add("openResult", .string(open.result.description))
        return out.value
    }

    private static func trade(_ one: ReportedTrade) -> JSONValue {
        let trade = one.trade
        var out = JSONBuilder()
        out.add("id", .string(trade.id))
        out.add("symbol", .string(trade.symbol.name))
        out.add("side", .string(trade.side.rawValue))
        out.add("strategy", .string(trade.strategy))
        out.add("entryTag", .string(one.entryTag))
        out.add("exitReason", .string(trade.exitReason.rawValue))
        out.add("leverage", JSONValue(trade.leverage))
        out.add("quantity", .string(trade.quantity.description))
        out.add("entryPrice", .string(trade.entryPrice.description))
        out.add("exitPrice", .string(trade.exitPrice.description))
        out.add("entryTime", JSONValue(trade.entryTime.micros))
        out.add("exitTime", JSONValue(trade.exitTime.micros))
        out.add("grossPnl", .string(trade.grossPnL.description))
        out.add("fees", .string(trade.fees.description))
        out.add("netPnl", .string(trade.netPnL.description))
        out.add("returnOnMargin", trade.returnOnMargin.double)
        out.add("mae", one.adverse)
        out.add("mfe", one.favourable)
        return out.value
    }

    public static func tradesCSV(_ record: RunRecord) -> String {
        var lines = [
            "id,symbol,side,strategy,entry_tag,exit_reason,leverage,quantity,entry_time,entry_price,exit_time,exit_price,"
                + "gross_pnl,fees,net_pnl,return_on_margin,mae,mfe"
        ]
        for one in record.trades {
            let trade = one.trade
            let fields = [
                trade.id, trade.symbol.name, trade.side.rawValue, trade.strategy, one.entryTag,
                trade.exitReason.rawValue, "\(trade.leverage)", "\(trade.quantity)", "\(trade.entryTime)",
                "\(trade.entryPrice)", "\(trade.exitTime)", "\(trade.exitPrice)", "\(trade.grossPnL)", "\(trade.fees)",
                "\(trade.netPnL)", "\(trade.returnOnMargin)", one.adverse.map { "\($0)" } ?? "",
                one.favourable.map { "\($0)" } ?? "",
            ]
            lines.append(fields.joined(separator: ","))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    public static func equityCSV(_ record: RunRecord) -> String {
        "time,ts_ms,equity\n"
            + record.equity.map { "\($0.time),\($0.time.micros / 1_000),\($0.equity)\n" }.joined()
    }
}

/// Members in the order in which they are added; a number that has no meaning is left out.
struct JSONBuilder {
    private var members: [(String, JSONValue)] = []
    mutating func add(_ name: String, _ value: JSONValue?) { if let value { members.append((name, value)) } }
    mutating func add(_ name: String, _ value: Double?) {
        guard let value, let number = JSONNumber.of(value) else { return }
        members.append((name, .number(number)))
    }
    var value: JSONValue { .object(JSONObject(members)) }
}

extension JSONNumber {
    /// A finite number in its shortest exact text.
    static func of(_ value: Double) -> JSONNumber? { value.isFinite ? JSONNumber("\(value)") : nil }
}
