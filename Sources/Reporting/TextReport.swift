import TradingModel

/// The report for a terminal: the tables and figures in the order that users of freqtrade know.
public enum TextReport {
    public static func lines(_ record: RunRecord, _ figures: RunFigures) -> [String] {
        var lines: [String] = []
        let head = [
            "Avg Profit %", "Tot Profit \(record.currency)", "Tot Profit %", "Avg Duration", "Win  Draw  Loss  Win%",
        ]
        lines += groups(
            record.occasion == .session ? "SESSION REPORT" : "BACKTESTING REPORT", ["Pair", "Trades"] + head,
            TradeGroup.all(record) { $0.trade.symbol.name })
        lines += leftOpen(record)
        lines += groups("ENTER TAG STATS", ["Enter Tag", "Entries"] + head, TradeGroup.all(record) { $0.entryTag })
        lines += groups(
            "EXIT REASON STATS", ["Exit Reason", "Exits"] + head,
            TradeGroup.all(record) { $0.trade.exitReason.rawValue })
        lines += groups(
            "MIXED TAG STATS", ["Enter Tag · Exit Reason", "Trades"] + head,
            TradeGroup.all(record) { "\($0.entryTag) · \($0.trade.exitReason.rawValue)" })
        lines += denials(record)
        let metrics = SummaryMetrics.lines(record, figures).map { [$0.name, $0.value] }
        lines += table("SUMMARY METRICS", ["Metric", "Value"], metrics, isRight: [])
        if !record.remarks.isEmpty {
            lines.append("")
            lines += record.remarks.map { "· " + $0 }
        }
        return lines
    }

    private static func groups(_ title: String, _ head: [String], _ groups: [TradeGroup]) -> [String] {
        let rows = groups.map { group in
            [
                group.name, "\(group.trades)", Wording.percent(group.meanReturn), Wording.money(group.net),
                Wording.percent(group.share), Wording.duration(group.meanHolding), tally(group),
            ]
        }
        return table(title, head, rows, isRight: [1, 2, 3, 4, 5, 6])
    }

    private static func tally(_ group: TradeGroup) -> String {
        let share = group.trades > 0 ? Wording.number(Double(group.wins) / Double(group.trades) * 100, digits: 1) : "–"
        return pad("\(group.wins)", 4, true) + "  " + pad("\(group.draws)", 4, true) + "  "
            + pad("\(group.losses)", 4, true) + "  " + pad(share, 5, true)
    }

    private static func leftOpen(_ record: RunRecord) -> [String] {
        let rows = record.open.map { open in
            [
                open.position.symbol.name, open.position.side.rawValue, "\(open.position.quantity)",
                "\(open.position.averageEntryPrice.rounded(toDigits: 8, .halfEven))", "\(open.price)",
                Wording.money(open.result), Wording.duration(record.to - open.position.openedAt),
            ]
        }
        guard !rows.isEmpty else { return ["", " LEFT OPEN TRADES REPORT: nothing was open at the end", ""] }
        return table(
            "LEFT OPEN TRADES REPORT",
            ["Pair", "Side", "Quantity", "Entry", "Last price", "Open result \(record.currency)", "Held"], rows,
            isRight: [2, 3, 4, 5, 6])
    }

    private static func denials(_ record: RunRecord) -> [String] {
        let rows = record.denials.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { [$0.key, "\($0.value)"] }
        return rows.isEmpty ? [] : table("REFUSALS BY REASON", ["Reason", "Proposals"], rows, isRight: [1])
    }

    static func table(_ title: String, _ head: [String], _ rows: [[String]], isRight: Set<Int>) -> [String] {
        var widths = head.map(\.count)
        for row in rows { for (index, cell) in row.enumerated() { widths[index] = max(widths[index], cell.count) } }
        let rule = { (left: String, middle: String, right: String) in
            left + widths.map { String(repeating: "─", count: $0 + 2) }.joined(separator: middle) + right
        }
        func line(_ cells: [String]) -> String {
            "│"
                + cells.enumerated().map { " " + pad($1, widths[$0], isRight.contains($0)) + " " }
                .joined(separator: "│") + "│"
        }
        let width = widths.reduce(0) { $0 + $1 + 3 } + 1
        let indent = String(repeating: " ", count: max(0, (width - title.count) / 2))
        var lines = ["", indent + title, rule("┌", "┬", "┐"), line(head), rule("├", "┼", "┤")]
        for (index, row) in rows.enumerated() {
            if row[0] == "TOTAL", index > 0 { lines.append(rule("├", "┼", "┤")) }
            lines.append(line(row))
        }
        return lines + [rule("└", "┴", "┘")]
    }

    private static func pad(_ text: String, _ width: Int, _ isRight: Bool) -> String {
        let space = String(repeating: " ", count: max(0, width - text.count))
        return isRight ? space + text : text + space
    }
}
