import TradingModel

/// How open positions look.
enum PositionsView {
    static func table(_ positions: [PositionReport], isExact: Bool) -> Table {
        var table = Table(
            "positions",
            [
                .left("symbol"), .left("side"), .right("quantity"), .right("lev", priority: 5), .right("entry"),
                .right("mark"),
                .right("result"), .right("stop", priority: 2), .right("at venue", priority: 3),
                .right("target", priority: 3),
                .left("strategy", priority: 4),
                .left("opened", priority: 6),
            ], emptyText: "no open positions")
        for report in positions {
            let position = report.position
            let price = { (value: Price?) in value.map { isExact ? $0.description : Figures.price($0) } ?? "–" }
            let result =
                report.unrealizedPnL.map { isExact ? Cell($0.description) : Figures.result($0) } ?? Cell("–", .faint)
            table.add([
                Cell(position.symbol.name, .name), Cell(position.side.rawValue, position.side == .long ? .good : .bad),
                Cell(position.quantity.description), Cell("\(position.leverage)×", .faint),
                Cell(
                    price(
                        isExact
                            ? report.averageEntryPrice
                            : report.averageEntryPrice.rounded(toDigits: digits(report), .halfEven))),
                Cell(price(report.mark), .strong), result, Cell(price(report.restingStop)),
                Cell(price(report.venueStop)), Cell(price(report.takeProfit)),
                Cell(position.strategy), Cell(Figures.time(position.openedAt), .faint),
            ])
        }
        return table
    }

    /// As many decimals as the mark has and two more, so that an average reads like a price.
    private static func digits(_ report: PositionReport) -> Int {
        guard let mark = report.mark, let point = mark.description.firstIndex(of: ".") else { return 4 }
        return mark.description.distance(from: point, to: mark.description.endIndex) + 1
    }
}
