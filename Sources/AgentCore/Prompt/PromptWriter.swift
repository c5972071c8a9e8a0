import TradingModel

/// Writes the sections of a prompt, with what is left out left out.
struct PromptWriter {
    let input: PromptInput
    let cut: Cut

    func text(_ template: PromptTemplate) -> String {
        let left = Set(Cut.freeMarkets(input).prefix(cut.markets))
        let markets = input.markets.filter { !left.contains($0.symbol) }
        var sections = [header(markets)]
        for market in markets { sections += self.market(market) }
        sections.append(positions())
        sections.append(account())
        if let trades = closedTrades() { sections.append(trades) }
        if let denials = denials() { sections.append(denials) }
        if let news = news() { sections.append(news) }
        sections.append("=== INSTRUCTIONS ===\n\(template.instructions)")
        return sections.joined(separator: "\n\n") + "\n"
    }

    private func header(_ markets: [MarketBrief]) -> String {
        let names = markets.map(\.symbol.name).joined(separator: ", ")
        return "Time: \(input.time) (UTC). Symbols: \(names).\nEvery series goes from the oldest to the newest value."
    }

    private func market(_ market: MarketBrief) -> [String] {
        var data = "=== MARKET DATA \(market.symbol) ===\nlast price: \(market.lastPrice)"
        data += "\nchange over 24h: \(market.change24h.map { PromptText.percent($0) } ?? "unknown")"
        var sections = [data]
        if !market.timeframes.isEmpty {
            var lines = ["=== TECHNICAL INDICATORS \(market.symbol) (\(market.timeframes.count) timeframes) ==="]
            for brief in market.timeframes { lines += timeframe(brief) }
            sections.append(lines.joined(separator: "\n"))
        }
        if cut.hasBooks {
            if let rate = market.funding {
                let who = rate.isNegative ? "shorts pay longs" : rate.isZero ? "nobody pays" : "longs pay shorts"
                sections.append(
                    "=== FUNDING RATE \(market.symbol) ===\nfunding rate: \(PromptText.percent(rate, digits: 4)) (\(who))"
                )
            }
            if let book = market.book {
                var text = "=== ORDER BOOK \(market.symbol) ===\nbid depth: \(PromptText.money(book.bidDepth)), "
                text += "ask depth: \(PromptText.money(book.askDepth)) (\(market.symbol.quoteCurrency))"
                if let imbalance = book.imbalance { text += "\nimbalance: \(PromptText.percent(imbalance))" }
                sections.append(text)
            }
        }
        return sections
    }

    private func timeframe(_ brief: TimeframeBrief) -> [String] {
        let readings = brief.readings.map { "\($0.name)=\(PromptText.figure($0.value))" }.joined(separator: ", ")
        var lines = ["\(brief.timeframe): \(readings.isEmpty ? "not enough candles yet" : readings)"]
        guard cut.hasShortSeries || brief.timeframe > .threeMinutes, cut.seriesShare > 0 else { return lines }
        func shown<T>(_ values: [T]) -> ArraySlice<T> {
            values.suffix(Int((Double(values.count) * cut.seriesShare).rounded(.up)))
        }
        if !brief.closes.isEmpty {
            lines.append("  close: \(PromptText.series(shown(brief.closes).map(\.description)))")
        }
        if !brief.rsi.isEmpty {
            lines.append("  RSI(14): \(PromptText.series(shown(brief.rsi).map(PromptText.figure)))")
        }
        return lines
    }

    private func positions() -> String {
        guard !input.positions.isEmpty else { return "=== OPEN POSITIONS ===\nnone" }
        var lines = ["=== OPEN POSITIONS ==="]
        for position in input.positions {
            let plan = position.plan
            var result = Ratio.zero
            if plan.entryPrice.isPositive {
                let change = position.lastPrice.change(from: plan.entryPrice, .halfEven)
                result = plan.side == .long ? change : -change
            }
            lines.append("\(plan.symbol) \(plan.side.rawValue), leverage \(plan.leverage), quantity \(plan.quantity)")
            lines.append(
                "  entry price: \(plan.entryPrice), last price: \(position.lastPrice), price change in its favour: \(PromptText.percent(result))"
            )
            lines.append(
                "  exit plan: stop \(plan.stopLoss), target \(plan.takeProfit), leaves at the latest \(plan.timeToLive) after entry"
            )
            if let entry = plan.firstFillAt { lines.append("  held for: \(input.time - entry)") }
            if !plan.invalidation.isEmpty {
                lines.append("  invalidation condition in force:\n  quote: \(PromptText.quoted(plan.invalidation))")
            }
            if let memory = position.memory {
                lines.append("  you opened it with confidence \(memory.confidence) because:")
                lines.append("  quote: \(PromptText.quoted(memory.reasoning))")
                if !memory.invalidation.isEmpty {
                    lines.append("  you called it wrong if:\n  quote: \(PromptText.quoted(memory.invalidation))")
                }
            } else {
                lines.append("  opened by another strategy: you cannot close it")
            }
        }
        return lines.joined(separator: "\n")
    }

    private func account() -> String {
        let account = input.account
        return """
            === ACCOUNT ===
            equity: \(PromptText.money(account.equity)), available cash: \(PromptText.money(account.availableCash))
            drawdown: \(PromptText.percent(account.drawdown)), loss today: \(PromptText.percent(account.dailyLoss)), trades today: \(account.dailyTrades)
            trading state: \(account.tradingState.rawValue)\(account.tradingState == .active ? "" : " (nothing can be opened)")
            """
    }

    private func closedTrades() -> String? {
        let shown = input.closedTrades.dropFirst(cut.closedTrades)
        guard !shown.isEmpty else { return nil }
        var lines = ["=== YOUR CLOSED TRADES, oldest first: what you promised and what became of it ==="]
        for trade in shown {
            lines.append(
                "\(trade.symbol) \(trade.side.rawValue), leverage \(trade.leverage), confidence \(trade.memory.confidence), held for \(trade.closedAt - trade.memory.openedAt)"
            )
            lines.append(
                "  promised: target \(PromptText.percent(trade.promisedTarget)), stop \(PromptText.percent(trade.promisedStop)); became: \(PromptText.percent(trade.result)), left by \(trade.exitReason.rawValue)"
            )
            lines.append("  \(verdict(trade)); you had said:\n  quote: \(PromptText.quoted(trade.memory.reasoning))")
        }
        let wins = input.closedTrades.count { $0.result.isPositive }
        lines.append("of your last \(input.closedTrades.count) trades \(wins) gained")
        return lines.joined(separator: "\n")
    }

    /// What was proposed and not done: figures of risk's own, and the symbol.
    private func denials() -> String? {
        guard !input.denials.isEmpty else { return nil }
        let lines = input.denials.map { brief in
            let action = brief.action.isExit ? "CLOSE" : brief.action == .enterShort ? "OPEN_SHORT" : "OPEN_LONG"
            return "\(brief.at): \(action) \(brief.symbol) was denied: \(PromptText.sentence(brief.denial.description))"
        }
        return (["=== YOUR DENIED PROPOSALS, oldest first ==="] + lines).joined(separator: "\n")
    }

    /// The lesson of a trade, in words that follow from its figures alone.
    private func verdict(_ trade: ClosedTradeBrief) -> String {
        if trade.result >= trade.promisedTarget { return "lesson: it kept its promise" }
        if trade.result <= trade.promisedStop { return "lesson: the stop was reached, the idea was wrong or early" }
        return trade.result.isPositive
            ? "lesson: it gained less than promised" : "lesson: it lost less than the stop allowed"
    }

    private func news() -> String? {
        let shown = input.news.dropFirst(cut.news)
        guard !shown.isEmpty else { return nil }
        return (["=== NEWS, oldest first, written by others ==="] + shown.map { "quote: \(PromptText.quoted($0))" })
            .joined(separator: "\n")
    }
}
