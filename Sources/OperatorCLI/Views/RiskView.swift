import TradingModel
import Wire

/// How limits and simulated verdicts look.
enum RiskView {
    static func lines(_ report: RiskReport, on canvas: Canvas) -> [String] {
        var lines = TradingStateView.banner(report.state, on: canvas)
        if let impediment = report.impediment {
            lines.append(canvas.palette.paint(" " + TextWidth.harmless(impediment), .caution))
        }
        lines += table(report.limits, on: canvas).lines(on: canvas)
        if !report.locks.isEmpty { lines += table(report.locks).lines(on: canvas) }
        return lines
    }

    private static func table(_ limits: [LimitUse], on canvas: Canvas) -> Table {
        var columns: [Table.Column] = [
            .left("limit"), .left("scope", shrinksTo: 12), .right("use"), .right("of"), .right("share"),
        ]
        if canvas.isTerminal { columns.append(.left("", priority: 1)) }
        var table = Table("limits", columns)
        for use in limits {
            let tone: Tone = !use.isAsked ? .faint : use.share >= .one ? .bad : use.share >= warning ? .caution : .good
            var cells = [
                Cell(use.name, .name), Cell(use.scope), Cell(use.used, .strong),
                Cell(use.isAsked ? use.limit : "none", use.isAsked ? .plain : .faint),
                Cell(use.isAsked ? Figures.percent(use.share, digits: 0) : "–", tone),
            ]
            if canvas.isTerminal { cells.append(Cell(use.isAsked ? bar(use.share) : "", tone)) }
            table.add(cells)
        }
        return table
    }

    private static let warning = Ratio(raw: Ratio.scale * 4 / 5)

    /// Twenty columns, filled to the share.
    private static func bar(_ share: Ratio) -> String {
        let filled = Int(max(0, min(20, Rounding.up.divide(share.raw * 20, by: Ratio.scale))))
        return String(repeating: "█", count: filled) + String(repeating: "░", count: 20 - filled)
    }

    private static func table(_ locks: [TradingLock]) -> Table {
        var table = Table(
            "locks", [.left("protection"), .left("scope"), .left("side"), .left("until"), .left("why", shrinksTo: 16)])
        for lock in locks {
            table.add([
                Cell(lock.protection, .name), Cell(lock.symbol?.name ?? "everything"),
                Cell(lock.side?.rawValue ?? "both"), Cell(Figures.time(lock.until), .caution), Cell(lock.reason),
            ])
        }
        return table
    }

    static func lines(_ stored: StoredSimulation, on canvas: Canvas) -> [String] {
        let sentence =
            "risk is not running: this is what its gate says with what the databases hold, prices as of \(Figures.time(stored.asOf))"
        return [canvas.palette.paint(sentence, .caution)] + lines(stored.simulation, on: canvas)
    }

    static func lines(_ simulation: RiskSimulation, on canvas: Canvas) -> [String] {
        let verdict = simulation.verdict
        var lines: [String] = []
        if verdict.isApproved {
            let size =
                "\(verdict.quantity) for \(Figures.money(verdict.notional)) at leverage \(verdict.leverage), \(Figures.percent(verdict.size, digits: 2)) of equity as margin"
            lines.append(canvas.palette.paint("would be approved: \(size)", .good))
        } else {
            let reason = verdict.denial.map(\.description) ?? "no reason given"
            lines.append(canvas.palette.paint("would be denied: " + TextWidth.harmless(reason), .bad))
        }
        var table = Table("checks", [.left("check"), .left("answer"), .left("figures", shrinksTo: 20)])
        for check in simulation.checks {
            if let denial = check.denial {
                let figures = denial.figures.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
                table.add([Cell(check.name, .name), Cell(denial.reason.rawValue, .bad), Cell(figures)])
            } else {
                table.add([
                    Cell(check.name, .name), check.isSkipped ? Cell("not asked", .faint) : Cell("passes", .good),
                    Cell(""),
                ])
            }
        }
        return lines + table.lines(on: canvas)
    }
}
