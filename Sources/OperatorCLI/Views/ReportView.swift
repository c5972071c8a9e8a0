import Portfolio
import TradingModel

/// How the report looks.
enum ReportView {
    static func lines(_ report: SessionReport, on canvas: Canvas) -> [String] {
        guard canvas.isTerminal else { return plain(report) }
        var lines = canvas.panel("result", headline(report, canvas))
        guard report.overall.summary.trades > 0 else { return lines }
        for (title, sets) in [
            ("symbol", report.bySymbol), ("exit", report.byExitReason), ("strategy", report.byStrategy),
        ] {
            lines += table(title, sets).lines(on: canvas)
        }
        return lines
    }

    private static func headline(_ report: SessionReport, _ canvas: Canvas) -> [String] {
        let palette = canvas.palette
        let summary = report.overall.summary
        func part(_ name: String, _ cell: Cell, _ width: Int = 24) -> String {
            let pad = String(repeating: " ", count: max(1, width - TextWidth.of(name) - TextWidth.of(cell.text) - 1))
            return palette.paint(name + " ", .faint) + palette.paint(cell.text, cell.tone) + pad
        }
        func money(_ value: Money?) -> Cell { value.map(Figures.result) ?? Cell("–") }
        func number(_ value: Double?) -> Cell { Cell(value.map { Figures.fixed($0, digits: 2) } ?? "–") }
        var lines: [String] = []
        if let first = report.first, let last = report.last {
            lines.append(palette.paint("\(Figures.time(first)) to \(Figures.time(last)) UTC, market time", .faint))
        }
        let open = report.openPositions == 0 ? "" : "   \(Figures.counted(report.openPositions, "position")) still open"
        lines.append(
            part("net", Cell(Figures.result(summary.netPnL).text, summary.netPnL.isNegative ? .bad : .good))
                + part("return", Cell(summary.returnOnStart.map { Figures.percent($0, digits: 2) } ?? "–", .strong))
                + part("balance", Cell(Figures.money(report.balance), .strong), 26)
                + part("started with", Cell(Figures.money(report.startingBalance)), 26) + palette.paint(open, .caution))
        lines.append(
            part("trades", Cell(Figures.count(summary.trades)))
                + part("win rate", Cell(summary.winRate.map { Figures.percent($0) } ?? "–"))
                + part("profit factor", number(summary.profitFactor), 26)
                + part("expectancy", money(summary.expectancy), 26))
        lines.append(
            part("gross", money(summary.grossPnL)) + part("fees", Cell(Figures.money(summary.fees)))
                + part("drawdown", Cell(Figures.percent(summary.maxDrawdown, digits: 2)), 26)
                + part("at most", Cell(Figures.money(summary.maxDrawdownAmount)), 26))
        lines.append(
            part("best", money(summary.best)) + part("worst", money(summary.worst))
                + part("mean win", money(summary.averageWin), 26) + part("mean loss", money(summary.averageLoss), 26))
        lines.append(
            part("Sharpe", number(summary.sharpeRatio)) + part("Sortino", number(summary.sortinoRatio))
                + part("held", Cell(summary.averageHolding.map(Figures.age) ?? "–"), 26)
                + part("longest", Cell(summary.longestHolding.map(Figures.age) ?? "–"), 26))
        if !report.orders.isEmpty {
            let words = report.orders.map { "\(Figures.count($0.count)) \($0.status.rawValue)" }.joined(separator: ", ")
            lines.append(palette.paint("orders ", .faint) + words)
        }
        return lines
    }

    private static func table(_ title: String, _ sets: [FigureSet]) -> Table {
        var table = Table(
            "by \(title)",
            [
                .left(title), .right("trades"), .right("win rate"), .right("profit factor", priority: 1),
                .right("gross", priority: 4),
                .right("fees", priority: 3), .right("net"), .right("mean", priority: 2), .right("held", priority: 5),
            ])
        for set in sets {
            let summary = set.summary
            table.add([
                Cell(set.name, .name), Cell(Figures.count(summary.trades)),
                Cell(summary.winRate.map { Figures.percent($0) } ?? "–"),
                Cell(summary.profitFactor.map { Figures.fixed($0, digits: 2) } ?? "–"),
                Figures.result(summary.grossPnL),
                Cell(Figures.money(summary.fees)), Figures.result(summary.netPnL),
                summary.expectancy.map(Figures.result) ?? Cell("–"),
                Cell(summary.averageHolding.map(Figures.age) ?? "–"),
            ])
        }
        return table
    }

    /// One line a group, exact.
    private static func plain(_ report: SessionReport) -> [String] {
        var lines = [
            "# group\tname\ttrades\twins\tlosses\twin_rate\tprofit_factor\tgross\tfees\tnet\tmax_drawdown\texpectancy"
        ]
        let groups = [
            ("all", [report.overall]), ("symbol", report.bySymbol), ("exit", report.byExitReason),
            ("strategy", report.byStrategy),
        ]
        for (group, sets) in groups {
            for set in sets {
                let summary = set.summary
                let values: [String] = [
                    group, set.name, "\(summary.trades)", "\(summary.wins)", "\(summary.losses)",
                    summary.winRate.map { Figures.fixed($0, digits: 4) } ?? "",
                    summary.profitFactor.map { Figures.fixed($0, digits: 4) } ?? "",
                    summary.grossPnL.description, summary.fees.description, summary.netPnL.description,
                    summary.maxDrawdown.description,
                    summary.expectancy?.description ?? "",
                ]
                lines.append(values.joined(separator: "\t"))
            }
        }
        lines.append("balance\t\(report.balance)\t\(report.startingBalance)\t\(report.openPositions)")
        return lines
    }
}
