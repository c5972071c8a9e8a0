import ExecutionCore
import Portfolio
import Testing
import TradingModel

@Suite("The paper venue beside a live feed: books and funding")
struct PaperLiveTests {
    private func book(_ asks: [(String, String)], bids: [(String, String)] = [], at seconds: Int64) -> OrderBook {
        var book = OrderBook()
        book.symbol = btc
        book.asks = asks.map { BookLevel(price: price($0.0), quantity: quantity($0.1)) }
        book.bids = bids.map { BookLevel(price: price($0.0), quantity: quantity($0.1)) }
        book.eventTime = market(seconds)
        return book
    }

    private func rate(_ text: String, due seconds: Int64) -> FundingRate {
        var rate = FundingRate()
        rate.symbol = btc
        rate.rate = ratio(text)
        rate.nextFundingTime = market(seconds)
        return rate
    }

    @Test("A taker walks the levels of a live book, each at its own price; what is gone stays gone until the next book")
    func walk() {
        var desk = Desk()
        desk.submit(request("a", .buy, "3"))
        desk.venue.observe(book([("100", "1"), ("100.5", "1.5"), ("101", "0.2")], at: 1))
        #expect(
            Desk.words(desk.tick(ticker(at: 1))) == [
                "fill a buy 1 at 100 fee 0.06 taker", "fill a buy 1.5 at 100.5 fee 0.09045 taker",
                "fill a buy 0.2 at 101 fee 0.01212 taker",
            ])
        // Nothing is left in the book: the ticker decides until there is another.
        desk.venue.observe(book([("102", "5")], at: 2))
        #expect(Desk.words(desk.tick(ticker(at: 2))) == ["fill a buy 0.3 at 102 fee 0.01836 taker"])
    }

    @Test("A limit is not passed, an old book and one from before the order are not used")
    func limits() {
        var desk = Desk()
        desk.venue.observe(book([("100", "1"), ("100.5", "5")], at: 1))
        desk.submit(request("a", .buy, "2", type: .limit, limit: "100", at: 0))
        #expect(Desk.words(desk.tick(ticker(at: 1))) == ["fill a buy 1 at 100 fee 0.06 taker"])
        desk.submit(request("b", .buy, "1", at: 2))
        #expect(Desk.words(desk.tick(ticker(ask: "100.01", at: 3))).last == "fill b buy 1 at 100.07 fee 0.060042 taker")
        desk.submit(request("c", .buy, "1", at: 4))
        desk.venue.observe(book([("90", "5")], at: 5))
        #expect(Desk.words(desk.tick(ticker(ask: "100.01", at: 11))) == ["fill c buy 1 at 100.07 fee 0.060042 taker"])
    }

    @Test("Fill or kill counts the whole book")
    func fillOrKill() {
        var desk = Desk()
        desk.venue.observe(book([("100", "1"), ("100.5", "0.5")], at: 1))
        desk.submit(request("a", .buy, "2", type: .limit, limit: "101", force: .fillOrKill))
        desk.submit(request("b", .buy, "1.5", type: .limit, limit: "101", force: .fillOrKill))
        #expect(
            Desk.words(desk.tick(ticker(at: 1))) == [
                "expired a: only 1.5 of 2 could be filled at once", "fill b buy 1 at 100 fee 0.06 taker",
                "fill b buy 0.5 at 100.5 fee 0.03015 taker",
            ])
    }

    @Test("At a funding time a long pays the rate on its value, a short receives it, once")
    func funding() throws {
        for (side, word) in [(OrderSide.buy, "0.02"), (.sell, "-0.02")] {
            var desk = Desk()
            desk.submit(request("a", side, "2"))
            desk.tick(ticker(at: 1))
            let before = desk.venue.ledger.balance
            desk.venue.observe(rate("0.0001", due: 5))
            #expect(desk.tick(ticker(at: 4)).isEmpty)
            let reports = desk.tick(ticker(at: 6))
            guard case .funding(let payment)? = reports.first else {
                Issue.record("\(reports)")
                return
            }
            #expect(payment.amount == money(word))
            #expect(payment.eventTime == market(5))
            #expect(desk.venue.ledger.balance == before - money(word))
            #expect(desk.venue.ledger.checkInvariants().isEmpty)
            // The same rate comes again, with the snapshot: it is paid.
            desk.venue.observe(rate("0.0001", due: 5))
            #expect(desk.tick(ticker(at: 7)).isEmpty)
            let again = PaperVenue(rules: PaperRules(), state: desk.venue.state)
            #expect(again.state == desk.venue.state)
        }
    }

    @Test("Without a position, or for one that was opened later, nothing is paid")
    func noFunding() {
        var desk = Desk()
        desk.venue.observe(rate("0.01", due: 1))
        desk.submit(request("a", .buy, "2", at: 1))
        desk.tick(ticker(at: 2))
        #expect(!desk.reports.contains { if case .funding = $0 { true } else { false } })
    }

    @Test("The core books funding once, in journal, position and account")
    func core() throws {
        let rig = Rig(.inside)
        try rig.start()
        try rig.order(request("a", .buy, "2", leverage: 10))
        try rig.tick(ticker(at: 1))
        let balance = try #require(rig.accountFacts.last).balance
        var payment = FundingPayment()
        payment.id = "f1"
        payment.symbol = btc
        payment.amount = money("0.5")
        payment.eventTime = market(2)
        try rig.take([.funding(payment), .funding(payment)])
        #expect(rig.disk.image.fundings == ["f1"])
        #expect(try #require(rig.accountFacts.last).balance == balance - money("0.5"))
        #expect(rig.disk.image.holdings.first?.position.fees == money("0.62006"))
    }
}
