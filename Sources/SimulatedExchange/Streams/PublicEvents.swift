import TradingModel

extension ExchangeBox {
    /// Quote, changes of the book, forming candles and statistics of one listing after new prices.
    mutating func publishPrices(_ index: Int) {
        guard !listings[index].streams.isEmpty else { return }
        for (kind, ids) in listings[index].streams.map(\.pair) {
            let name = listings[index].streamName(kind)
            switch kind.family {
            case .bookTicker: deliver(bookTickerEvent(index), name, to: ids)
            case .partialDepth: deliver(partialDepthEvent(index, kind.levels), name, to: ids)
            case .kline:
                if let interval = kind.interval, let candle = formingCandle(index, interval) {
                    deliver(klineEvent(index, interval, candle, isClosed: false), name, to: ids)
                }
            case .ticker: deliver(dayEvent(index, isMini: false), name, to: ids)
            case .miniTicker: deliver(dayEvent(index, isMini: true), name, to: ids)
            case .markPrice: deliver(markPriceEvent(index), name, to: ids)
            case .depth, .aggTrade, .trade: break
            }
        }
        publishDepth(index)
    }

    /// The changes of the book since the last time, to all streams of changes.
    private mutating func publishDepth(_ index: Int) {
        guard listings[index].depthWatchers > 0, listings[index].book.hasChanges else { return }
        let payload = depthEvent(index)
        listings[index].publishedID = listings[index].updateID
        listings[index].book.clearChanges()
        for (kind, ids) in listings[index].streams.map(\.pair) where kind.family == .depth {
            deliver(payload, listings[index].streamName(kind), to: ids)
        }
    }

    mutating func publishTrade(_ index: Int, _ trade: RecentTrades.Trade) {
        guard !listings[index].streams.isEmpty else { return }
        for (kind, ids) in listings[index].streams.map(\.pair) where kind.family == .aggTrade || kind.family == .trade {
            deliver(tradeEvent(index, trade, kind.family), listings[index].streamName(kind), to: ids)
        }
    }

    /// The candles that closed at `end`, longest last.
    mutating func publishClosed(_ index: Int, _ slots: [Int], _ end: Int64) {
        guard !listings[index].streams.isEmpty else { return }
        let topics = listings[index].streams.filter { $0.kind.family == .kline }.map(\.pair)
        for (kind, ids) in topics {
            guard let interval = kind.interval, interval.bounds(containing: end).open == end else { continue }
            var closed: BoxCandle?
            if interval.isKept {
                if slots.contains(interval.base) { closed = listings[index].board.closed[interval.base].last }
            } else {
                closed = listings[index].board.candles(interval, since: nil, until: end - 1, limit: 1).last
            }
            if let closed {
                deliver(
                    klineEvent(index, interval, closed, isClosed: true), listings[index].streamName(kind), to: ids)
            }
        }
    }

    private func formingCandle(_ index: Int, _ interval: KlineInterval) -> BoxCandle? {
        let board = listings[index].board
        if interval.isKept { return board.forming.isEmpty ? nil : board.forming[interval.base] }
        return board.candles(interval, since: nil, until: nil, limit: 1).last
    }

    /// The streams of all symbols, once a moment.
    mutating func publishGlobals() {
        for market in BoxMarket.allCases where !globalStreams[market.rawValue].isEmpty {
            for (kind, ids) in globalStreams[market.rawValue].map(\.pair) where !ids.isEmpty {
                let indices = listings.indices.filter { listings[$0].market == market }
                if kind.family == .bookTicker {
                    for index in indices { deliver(bookTickerEvent(index), kind.globalName, to: ids) }
                    continue
                }
                var list: [UInt8] = [UInt8(ascii: "[")]
                for index in indices {
                    if list.count > 1 { list.append(UInt8(ascii: ",")) }
                    list +=
                        kind.family == .markPrice
                        ? markPriceEvent(index) : dayEvent(index, isMini: kind.family == .miniTicker)
                }
                deliver(list + [UInt8(ascii: "]")], kind.globalName, to: ids)
            }
        }
    }

    // MARK: Events

    private func head(_ event: String, _ listing: Listing) -> EventText {
        var text = EventText()
        text.add("e", event)
        text.add("E", clock)
        text.add("s", listing.venueSymbol)
        return text
    }

    func bookTickerEvent(_ index: Int) -> [UInt8] {
        let listing = listings[index]
        var text = EventText()
        if listing.market == .usdm { text.add("e", "bookTicker") }
        text.add("u", listing.updateID)
        text.add("s", listing.venueSymbol)
        text.add("b", listing.priceText(listing.bestBid.ticks))
        text.add("B", listing.quantityText(listing.bestBid.lots))
        text.add("a", listing.priceText(listing.bestAsk.ticks))
        text.add("A", listing.quantityText(listing.bestAsk.lots))
        if listing.market == .usdm {
            text.add("T", listing.quote.time.micros / 1_000)
            text.add("E", clock)
        }
        return text.finished
    }

    private func depthEvent(_ index: Int) -> [UInt8] {
        let listing = listings[index]
        var text = EventText()
        text.add("e", "depthUpdate")
        text.add("E", clock)
        if listing.market == .usdm { text.add("T", listing.quote.time.micros / 1_000) }
        text.add("s", listing.venueSymbol)
        text.add("U", listing.publishedID + 1)
        text.add("u", listing.updateID)
        if listing.market == .usdm { text.add("pu", listing.publishedID) }
        func changes(_ side: OrderSide) -> [(ticks: Int64, lots: Int64)] {
            let prices = side == .buy ? listing.book.changedBids : listing.book.changedAsks
            return prices.sorted { side == .buy ? $0 > $1 : $0 < $1 }.map {
                ($0, listing.book.lots(side, at: $0))
            }
        }
        text.add("b", levels: changes(.buy), listing)
        text.add("a", levels: changes(.sell), listing)
        return text.finished
    }

    private func partialDepthEvent(_ index: Int, _ levels: Int) -> [UInt8] {
        let listing = listings[index]
        var text = EventText()
        if listing.market == .usdm {
            text.add("e", "depthUpdate")
            text.add("E", clock)
            text.add("T", listing.quote.time.micros / 1_000)
            text.add("s", listing.venueSymbol)
            text.add("U", listing.publishedID + 1)
            text.add("u", listing.updateID)
            text.add("pu", listing.publishedID)
        } else {
            text.add("lastUpdateId", listing.updateID)
        }
        let bids = listing.book.levels(.buy, depth: levels)
        let asks = listing.book.levels(.sell, depth: levels)
        if listing.market == .usdm {
            text.add("b", levels: bids, listing)
            text.add("a", levels: asks, listing)
        } else {
            text.add("bids", levels: bids, listing)
            text.add("asks", levels: asks, listing)
        }
        return text.finished
    }

    private func tradeEvent(_ index: Int, _ trade: RecentTrades.Trade, _ family: StreamKind.Family) -> [UInt8] {
        let listing = listings[index]
        var text = head(family == .trade ? "trade" : "aggTrade", listing)
        if family == .trade { text.add("t", trade.id) } else { text.add("a", trade.id) }
        text.add("p", listing.priceText(trade.ticks))
        text.add("q", listing.quantityText(trade.lots))
        if family == .aggTrade {
            text.add("f", trade.id)
            text.add("l", trade.id)
        }
        text.add("T", trade.time.micros / 1_000)
        text.add("m", trade.isBuyerMaker)
        if listing.market == .spot { text.add("M", true) }
        if family == .trade, listing.market == .usdm { text.add("X", "MARKET") }
        return text.finished
    }

    private func klineEvent(
        _ index: Int, _ interval: KlineInterval, _ candle: BoxCandle, isClosed: Bool
    ) -> [UInt8] {
        let listing = listings[index]
        let bounds = interval.bounds(containing: candle.openTime)
        var inner = EventText()
        inner.add("t", candle.openTime)
        inner.add("T", bounds.end - 1)
        inner.add("s", listing.venueSymbol)
        inner.add("i", interval.name)
        inner.add("f", candle.lots == 0 ? -1 : max(0, listing.tradeID - candle.trades + 1))
        inner.add("L", candle.lots == 0 ? -1 : listing.tradeID)
        inner.add("o", listing.priceText(candle.open))
        inner.add("c", listing.priceText(candle.close))
        inner.add("h", listing.priceText(candle.high))
        inner.add("l", listing.priceText(candle.low))
        inner.add("v", listing.quantityText(candle.lots))
        inner.add("n", candle.lots == 0 ? 0 : candle.trades)
        inner.add("x", isClosed)
        inner.add("q", listing.valueText(candle.value))
        inner.add("V", listing.quantityText(candle.takerLots))
        inner.add("Q", listing.valueText(candle.takerValue))
        inner.add("B", "0")
        var text = head("kline", listing)
        text.add("k", json: inner.finished)
        return text.finished
    }

    private func dayEvent(_ index: Int, isMini: Bool) -> [UInt8] {
        let listing = listings[index]
        let time = now.market.micros / 1_000
        let day = listing.board.day(endingAt: time) ?? BoxCandle(flat: listing.lastTicks, openTime: time)
        var text = head(isMini ? "24hrMiniTicker" : "24hrTicker", listing)
        if !isMini {
            let change = listing.price(day.close) - listing.price(day.open)
            let percent = listing.price(day.close).change(from: listing.price(max(1, day.open)), .halfEven).percent
            text.add("p", Decimals.fixed(change, listing.priceDigits))
            text.add("P", Decimals.fixed(percent.rounded(toDigits: 3, .halfEven), 3))
            text.add("w", listing.priceText(day.lots == 0 ? day.close : Int64(clamping: day.value / Int128(day.lots))))
            if listing.market == .spot { text.add("x", listing.priceText(day.open)) }
        }
        text.add("c", listing.priceText(listing.lastTicks))
        if !isMini {
            text.add("Q", listing.quantityText(listing.lastLots))
            if listing.market == .spot {
                text.add("b", listing.priceText(listing.bestBid.ticks))
                text.add("B", listing.quantityText(listing.bestBid.lots))
                text.add("a", listing.priceText(listing.bestAsk.ticks))
                text.add("A", listing.quantityText(listing.bestAsk.lots))
            }
        }
        text.add("o", listing.priceText(day.open))
        text.add("h", listing.priceText(day.high))
        text.add("l", listing.priceText(day.low))
        text.add("v", listing.quantityText(day.lots))
        text.add("q", listing.valueText(day.value))
        if !isMini {
            text.add("O", time - 86_400_000)
            text.add("C", time)
            text.add("F", max(0, listing.tradeID - day.trades))
            text.add("L", listing.tradeID)
            text.add("n", day.trades)
        }
        return text.finished
    }

    private func markPriceEvent(_ index: Int) -> [UInt8] {
        let listing = listings[index]
        let mark = listing.priceText(listing.markTicks)
        var text = head("markPriceUpdate", listing)
        text.add("p", mark)
        text.add("i", mark)
        text.add("P", mark)
        text.add("r", Decimals.fixed(fundingRate(index, at: nextFunding), 8))
        text.add("T", nextFunding)
        return text.finished
    }
}

extension Listing {
    func streamName(_ kind: StreamKind) -> String { venueSymbol.lowercased() + "@" + kind.suffix }
}
