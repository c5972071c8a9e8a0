import TradingModel
import Wire

/// How a status looks: the trading state first, then what runs, then the money.
enum StatusView {
    static func lines(_ report: StatusReport, on canvas: Canvas) -> [String] {
        var lines: [String] = []
        if let trading = report.trading { lines += tradingLines(trading, on: canvas) }
        lines += services(report, withReason: !canvas.isTerminal).lines(on: canvas)
        for service in report.services where !service.reason.isEmpty && canvas.isTerminal {
            let text = "\(service.service): \(service.reason)"
            let width = min(canvas.width, Canvas.comfortableWidth) - 1
            lines.append(" " + canvas.palette.paint(TextWidth.cut(TextWidth.harmless(text), to: width), tone(service)))
        }
        if let account = report.account { lines += accountLines(account, on: canvas) }
        if !report.positions.isEmpty || (report.account != nil && canvas.isTerminal) {
            lines += PositionsView.table(report.positions, isExact: !canvas.isTerminal).lines(on: canvas)
        }
        if !report.feeds.isEmpty { lines += feeds(report.feeds, isExact: !canvas.isTerminal).lines(on: canvas) }
        return lines
    }

    private static func tradingLines(_ trading: TradingReport, on canvas: Canvas) -> [String] {
        let banner = TradingStateView.banner(trading.state, on: canvas)
        guard canvas.isTerminal else { return banner }
        let state = trading.state
        func figure(_ name: String, _ value: String, of limit: String?, _ tone: Tone) -> String {
            canvas.palette.paint(name + " ", .faint) + canvas.palette.paint(value, tone)
                + canvas.palette.paint(limit.map { " of \($0)" } ?? "", .faint)
        }
        func share(_ value: Double, of limit: Double?) -> Tone {
            guard let limit, limit > 0 else { return .plain }
            return value >= limit ? .bad : value >= limit / 2 ? .caution : .plain
        }
        let parts = [
            figure(
                "drawdown", Figures.percent(state.drawdown),
                of: trading.maxDrawdownStopPct.map { "\(Figures.fixed($0, digits: 0)) %" },
                share(state.drawdown.percent.double, of: trading.maxDrawdownStopPct)),
            figure(
                "lost today", Figures.percent(state.dailyLoss),
                of: trading.maxDailyLossPct.map { "\(Figures.fixed($0, digits: 0)) %" },
                share(state.dailyLoss.percent.double, of: trading.maxDailyLossPct)),
            figure(
                "trades today", "\(state.dailyTrades)", of: trading.maxDailyTrades.map { "\($0)" },
                share(Double(state.dailyTrades), of: trading.maxDailyTrades.map { Double($0) })),
            figure("exposure", Figures.money(state.grossExposure), of: nil, .plain),
        ]
        let source =
            trading.provenance == .live
            ? [] : [canvas.palette.paint("(risk does not answer: from its database)", .caution)]
        return banner + [" " + (parts + source).joined(separator: "   ")]
    }

    private static func services(_ report: StatusReport, withReason: Bool) -> Table {
        let columns: [Table.Column] = [
            .left("service"), .left("condition"), .right("pid", priority: 3), .right("up", priority: 2),
            .right("memory", priority: 4), .left("market time", priority: 1), .left("session", priority: 9),
            .right("in/s", priority: 5), .right("out/s", priority: 6), .right("gaps", priority: 2),
            .right("p50", priority: 7), .right("p99", priority: 8),
        ]
        var table = Table("services", columns + (withReason ? [.left("reason")] : []))
        for service in report.services {
            table.add(
                [
                    Cell(service.service, .name),
                    Cell(service.condition, tone(service)),
                    Cell(service.pid.map { "\($0)" } ?? "–", .faint),
                    Cell(service.uptime.map(Figures.age) ?? "–"),
                    Cell(service.residentBytes.map(Figures.bytes) ?? "–"),
                    Cell(service.marketTime.map(Figures.time) ?? "–"),
                    Cell(service.session ?? "–", .faint),
                    Cell(service.receivedPerSecond.map(rate) ?? "–"),
                    Cell(service.publishedPerSecond.map(rate) ?? "–"),
                    Cell(service.gaps.map { "\($0)" } ?? "–", (service.gaps ?? 0) > 0 ? .caution : .faint),
                    Cell(service.latencyP50Micros.map(Figures.micros) ?? "–"),
                    Cell(service.latencyP99Micros.map(Figures.micros) ?? "–"),
                ] + (withReason ? [Cell(service.reason)] : []))
        }
        return table
    }

    private static func rate(_ value: Double) -> String { Figures.fixed(value, digits: value < 10 ? 1 : 0) }

    private static func tone(_ service: ServiceReport) -> Tone {
        switch service.condition {
        case "healthy": .good
        case "starting", "recovering", "degraded", "stopping": .caution
        default: .bad
        }
    }

    private static func accountLines(_ report: AccountReport, on canvas: Canvas) -> [String] {
        let account = report.account
        guard canvas.isTerminal else {
            let values = [
                account.balance, account.equity, account.unrealizedPnL, account.realizedPnL, account.fees,
                account.marginUsed,
            ]
            return [
                "# account\tcurrency\tbalance\tequity\tunrealized\trealized\tfees\tmargin",
                (["account", account.currency] + values.map(\.description)).joined(separator: "\t"),
            ]
        }
        func part(_ name: String, _ cell: Cell) -> String {
            canvas.palette.paint(name + " ", .faint) + canvas.palette.paint(cell.text, cell.tone)
        }
        var parts = [
            part("equity", Cell(Figures.money(account.equity), .strong)),
            part("balance", Cell(Figures.money(account.balance))),
            part("open", Figures.result(account.unrealizedPnL)), part("realized", Figures.result(account.realizedPnL)),
            part("fees", Cell(Figures.money(account.fees))), part("margin", Cell(Figures.money(account.marginUsed))),
        ]
        if let orders = report.openOrders { parts.append(part("open orders", Cell("\(orders)"))) }
        var body = [parts.joined(separator: "   ")]
        if report.provenance == .database {
            body.append(canvas.palette.paint("execution does not answer: this is what its database says", .caution))
        }
        return canvas.panel("account in \(account.currency)", body)
    }

    private static func feeds(_ feeds: [FeedReport], isExact: Bool) -> Table {
        var table = Table(
            "prices",
            [
                .left("symbol"), .right("bid", priority: 1), .right("ask", priority: 1), .right("last"),
                .left("market time", priority: 2), .right("age"),
            ])
        for feed in feeds {
            let price = { (value: Price) in isExact ? value.description : Figures.price(value) }
            table.add([
                Cell(feed.symbol.name, .name), Cell(price(feed.bid)), Cell(price(feed.ask)),
                Cell(price(feed.last), .strong),
                Cell(Figures.time(feed.eventTime)),
                Cell(
                    Figures.age(feed.age), feed.age > .seconds(30) ? .bad : feed.age > .seconds(5) ? .caution : .faint),
            ])
        }
        return table
    }
}
