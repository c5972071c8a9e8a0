import TradingModel

/// How completed trades look.
enum TradesView {
    static func table(_ trades: [Trade], isExact: Bool) -> Table {
        var table = Table(
            "trades",
            [
                .left("closed", priority: 1), .left("symbol"), .left("side"), .left("strategy", priority: 5),
                .right("quantity", priority: 3), .right("entry", priority: 2), .right("exit", priority: 2),
                .right("held", priority: 4), .right("fees", priority: 6), .right("net"), .right("return"), .left("why"),
            ], emptyText: "no completed trades")
        for trade in trades {
            table.add([
                Cell(Figures.time(trade.exitTime), .faint), Cell(trade.symbol.name, .name),
                Cell(trade.side.rawValue, trade.side == .long ? .good : .bad), Cell(trade.strategy),
                Cell(trade.quantity.description), Cell(price(trade.entryPrice, isExact)),
                Cell(price(trade.exitPrice, isExact)),
                Cell(Figures.age(trade.exitTime - trade.entryTime)),
                Cell(isExact ? trade.fees.description : Figures.money(trade.fees), .faint),
                isExact ? Cell(trade.netPnL.description) : Figures.result(trade.netPnL),
                Cell(isExact ? trade.returnOnMargin.description : Figures.percent(trade.returnOnMargin, digits: 2)),
                Cell(trade.exitReason.rawValue),
            ])
        }
        return table
    }

    /// Averages have twelve decimals; six significant ones after the point are enough to read.
    static func price(_ price: Price, _ isExact: Bool) -> String {
        if isExact { return price.description }
        let digits = price.magnitude >= Price(1_000) ? 2 : price.magnitude >= Price(1) ? 4 : 8
        return Figures.price(price.rounded(toDigits: digits, .halfEven))
    }
}

/// How orders look.
enum OrdersView {
    static func table(_ orders: [Order], isExact: Bool) -> Table {
        var table = Table(
            "orders",
            [
                .left("decided", priority: 2), .left("symbol"), .left("side"), .left("type", priority: 4),
                .left("purpose"),
                .right("quantity"), .right("filled", priority: 1), .right("price", priority: 1), .left("status"),
                .left("id", priority: 6), .left("reason", priority: 5, shrinksTo: 12),
            ], emptyText: "no orders")
        for order in orders {
            let request = order.request
            let purpose = [request.purpose.rawValue, request.exitReason?.rawValue].compactMap(\.self).joined(
                separator: ": ")
            table.add([
                Cell(Figures.time(request.decidedAt), .faint), Cell(request.symbol.name, .name),
                Cell(request.side.rawValue, request.side == .buy ? .good : .bad), Cell(request.type.rawValue),
                Cell(purpose),
                Cell(request.quantity.description), Cell(order.filledQuantity.description),
                Cell(order.averageFillPrice.map { TradesView.price($0, isExact) } ?? "–"),
                Cell(order.status.rawValue, tone(order.status)), Cell(order.id.text, .faint), Cell(order.reason ?? ""),
            ])
        }
        return table
    }

    private static func tone(_ status: OrderStatus) -> Tone {
        switch status {
        case .filled: .good
        case .rejected, .denied, .unresolved: .bad
        case .partiallyFilled, .canceled, .expired: .caution
        case .initialized, .submitted, .accepted: .plain
        }
    }
}
