import Portfolio
public import TradingModel

// What a live feed knows beyond tickers: books and funding rates.

extension PaperVenue {
    /// How old a book may be to be walked.
    private static let bookAge = Span.seconds(5)

    /// Takes in a live book: from here on takers walk its levels.
    public mutating func observe(_ book: OrderBook) { books[book.symbol] = book }

    /// The rate that waits for a symbol's next funding time; `nil` once its position has paid, or where none is known.
    public func rate(of symbol: Symbol) -> FundingRate? { rates[symbol] }

    /// Takes in the rate of the next funding time.
    public mutating func observe(_ rate: FundingRate) {
        guard rate.nextFundingTime > fundedAt[rate.symbol] ?? .distantPast else { return }
        rates[rate.symbol] = rate
    }

    /// What a taker gets of the live book, best first; `nil` where there is none that may be used, and the ticker decides.
    func levels(for request: OrderRequest, upTo wanted: Quantity, _ ticker: Ticker) -> [BookLevel]? {
        guard let book = books[request.symbol], let instrument = instruments[request.symbol],
            book.eventTime > request.decidedAt, ticker.eventTime - book.eventTime <= Self.bookAge
        else { return nil }
        let side = request.side == .buy ? book.asks : book.bids
        guard side.contains(where: { $0.quantity.isPositive }) else { return nil }
        var left = wanted
        var taken: [BookLevel] = []
        for level in side {
            if let limit = request.limitPrice, request.side == .buy ? level.price > limit : level.price < limit {
                break
            }
            var offered = level.quantity
            if let share = rules.fillShare {
                offered =
                    Rounding.down.multiply(offered.raw, share.raw, dividedBy: Ratio.scale).map(
                        Quantity.init(raw:)) ?? offered
            }
            let quantity = min(left, offered).rounded(toMultipleOf: instrument.lotSize, .down)
            // The last of a position may be less than a lot.
            let part = quantity.isZero && offered >= left ? left : quantity
            guard part.isPositive, level.price.isPositive else { continue }
            taken.append(BookLevel(price: level.price, quantity: part))
            left -= part
            if left.isZero { break }
        }
        return taken.isEmpty ? nil : taken
    }

    /// What was taken of a book is gone from it.
    mutating func takeFromBook(_ request: OrderRequest, _ taken: [BookLevel]) {
        guard var book = books[request.symbol] else { return }
        for level in taken {
            if request.side == .buy, let place = book.asks.firstIndex(where: { $0.price == level.price }) {
                book.asks[place].quantity -= level.quantity
            } else if request.side == .sell, let place = book.bids.firstIndex(where: { $0.price == level.price }) {
                book.bids[place].quantity -= level.quantity
            }
        }
        books[request.symbol] = book
    }

    /// Longs pay shorts where the rate is positive: value at the last price times rate, rounded half-even to 8 decimals.
    mutating func payFundingIfDue(_ ticker: Ticker, into reports: inout [VenueReport]) {
        guard let rate = rates[ticker.symbol], ticker.eventTime >= rate.nextFundingTime else { return }
        rates[ticker.symbol] = nil
        fundedAt[ticker.symbol] = rate.nextFundingTime
        guard ticker.last.isPositive, let position = ledger.position(ticker.symbol),
            position.openedAt < rate.nextFundingTime, let value = ticker.last.notional(position.quantity)
        else { return }
        var payment = FundingPayment()
        payment.id = "paper-\(ticker.symbol)-\(rate.nextFundingTime.micros)"
        payment.symbol = ticker.symbol
        payment.amount = value.share(rate.rate, .halfEven).times(position.side.sign)
        payment.eventTime = rate.nextFundingTime
        guard !payment.amount.isZero else { return }
        _ = ledger.charge(payment.amount, to: ticker.symbol, at: payment.eventTime)
        reports.append(.funding(payment))
        saveBooks(ticker.symbol, at: matchedAt[ticker.symbol] ?? .distantPast)
    }
}
