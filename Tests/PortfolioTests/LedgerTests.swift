import Portfolio
import Testing
import TradingModel

private let bitcoin = Symbol("BTC/USDT")!

private func fill(
    _ side: OrderSide, _ quantity: String, at price: String, fee: String = "0", leverage: Int = 1, minute: Int64 = 0,
    proposal: String = "p", reason: ExitReason? = nil
) -> Fill {
    var fill = Fill()
    fill.symbol = bitcoin
    fill.side = side
    fill.quantity = Quantity(quantity)!
    fill.price = Price(price)!
    fill.fee = Money(fee)!
    fill.leverage = leverage
    fill.proposalID = proposal
    fill.exitReason = reason
    fill.eventTime = MarketTime(micros: minute * 60_000_000)
    return fill
}

@Suite struct LedgerTests {
    @Test func `a round trip books the difference less fees and becomes a trade`() throws {
        var ledger = Ledger(startingBalance: Money(10_000))
        let opened = ledger.apply(fill(.buy, "2", at: "100", fee: "0.12", leverage: 5))
        #expect(opened.realizedPnL == .zero && opened.trade == nil)
        #expect(ledger.marginUsed == Money(40))
        let closed = ledger.apply(fill(.sell, "2", at: "103.5", fee: "0.1242", minute: 7, reason: .takeProfit))
        #expect(closed.realizedPnL == Money(7))
        #expect(!closed.position.isOpen)
        let trade = try #require(closed.trade)
        #expect(trade.netPnL == Money("6.7558")!)
        #expect(trade.returnOnMargin == Ratio("0.168895")!)
        #expect(trade.exitPrice == Price("103.5")! && trade.entryPrice == Price(100))
        #expect(trade.exitReason == .takeProfit)
        #expect(trade.exitTime - trade.entryTime == .minutes(7))
        #expect(ledger.balance == Money("10006.7558")!)
        #expect(ledger.holdings.isEmpty && ledger.checkInvariants().isEmpty)
    }

    @Test func `a partial close removes its share of the cost and the rest stays to the last digit`() {
        var ledger = Ledger(startingBalance: Money(1_000))
        _ = ledger.apply(fill(.buy, "3", at: "0.333333333333"))
        let first = ledger.apply(fill(.sell, "1", at: "0.4"))
        let second = ledger.apply(fill(.sell, "1", at: "0.4"))
        let third = ledger.apply(fill(.sell, "1", at: "0.4"))
        #expect(first.realizedPnL + second.realizedPnL + third.realizedPnL == Money("1.2")! - Money("0.999999999999")!)
        #expect(third.trade?.grossPnL == ledger.realizedPnL)
        #expect(third.trade?.exitPrice == Price("0.4")!)
    }

    @Test func `a fill larger than the position closes it and opens the rest on the other side`() throws {
        var ledger = Ledger(startingBalance: Money(1_000))
        _ = ledger.apply(fill(.sell, "1", at: "100", fee: "0.06", proposal: "a"))
        let flip = ledger.apply(fill(.buy, "3", at: "90", fee: "0.18", leverage: 3, minute: 2, proposal: "b"))
        let trade = try #require(flip.trade)
        #expect(trade.id == "a" && trade.side == .short && trade.grossPnL == Money(10))
        #expect(trade.fees == Money("0.12")!)
        #expect(flip.position.side == .long && flip.position.quantity == Quantity(2))
        #expect(flip.position.proposalID == "b" && flip.position.leverage == 3)
        #expect(flip.position.fees == Money("0.12")!)
        #expect(ledger.balance == Money("1009.76")!)
    }

    @Test func `adding moves the average and takes the new leverage for the whole position`() {
        var ledger = Ledger(startingBalance: Money(1_000))
        _ = ledger.apply(fill(.buy, "1", at: "100", leverage: 2))
        let added = ledger.apply(fill(.buy, "1", at: "110", leverage: 5))
        #expect(added.position.averageEntryPrice == Price(105))
        #expect(added.position.leverage == 5)
        #expect(added.position.leveragedReturn(at: Price("107.1")!) == Ratio("0.1")!)
        #expect(added.position.leveragedReturn(at: Price("102.9")!) == Ratio("-0.1")!)
    }

    @Test func `equity counts open results and an unpriced symbol as unmoved`() {
        var ledger = Ledger(startingBalance: Money(1_000))
        _ = ledger.apply(fill(.sell, "2", at: "100", fee: "1"))
        #expect(ledger.equity(at: [:]) == Money(999))
        #expect(ledger.equity(at: [bitcoin: Price(95)]) == Money(1_009))
        let account = ledger.account(at: [bitcoin: Price(105)], time: MarketTime(micros: 5))
        #expect(account.equity == Money(989) && account.unrealizedPnL == Money(-10) && account.openPositions == 1)
    }

    @Test func `a saved ledger goes on where it stopped`() {
        var ledger = Ledger(startingBalance: Money(1_000))
        _ = ledger.apply(fill(.buy, "3", at: "10.1", fee: "0.01"))
        _ = ledger.apply(fill(.sell, "1", at: "10.3", fee: "0.01"))
        ledger.deposit(Money(5))
        var again = Ledger(
            startingBalance: ledger.startingBalance, netDeposits: ledger.netDeposits, realizedPnL: ledger.realizedPnL,
            fees: ledger.fees, holdings: Array(ledger.holdings.values))
        #expect(again == ledger)
        let last = fill(.sell, "2", at: "9.9", fee: "0.01")
        #expect(again.apply(last) == ledger.apply(last))
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `random fills keep cash, results and trades equal to the last digit`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var ledger = Ledger(startingBalance: Money(100_000))
        // The naive second opinion: money that changed hands, and what is still held.
        var (cash, fees, traded) = (Money.zero, Money.zero, Money.zero)
        var held = Quantity.zero
        for step in 0..<20_000 {
            let side: OrderSide = Bool.random(using: &random) ? .buy : .sell
            let quantity = Quantity(raw: Int128(1 + random.next() % 3_000_000_000_000))
            let price = Price(raw: Int128(1 + random.next() % 200_000_000_000_000))
            var next = fill(side, "1", at: "1", leverage: 1 + Int(random.next() % 25))
            (next.quantity, next.price) = (quantity, price)
            next.fee = Money(raw: Int128(random.next() % 1_000_000_000_000_000_000))
            let outcome = ledger.apply(next)
            let notional = Money.notional(price, quantity)
            cash += side == .buy ? -notional : notional
            held += side == .buy ? quantity : -quantity
            fees += next.fee
            traded += outcome.trade?.netPnL ?? .zero
            let position = ledger.position(bitcoin)
            let signed = position.map { $0.side == .long ? $0.quantity : -$0.quantity } ?? .zero
            // Cash that changed hands = what was realized, less the cost that is still inside.
            let inside = position.map { $0.side == .long ? $0.cost : -$0.cost } ?? .zero
            guard signed == held, ledger.realizedPnL == cash + inside, ledger.fees == fees,
                ledger.checkInvariants().isEmpty
            else {
                Issue.record("seed \(seed) step \(step): ledger and naive count disagree: \(ledger.checkInvariants())")
                return
            }
        }
        let open = ledger.position(bitcoin)
        #expect(ledger.realizedPnL - fees == traded + (open?.realizedPnL ?? .zero) - (open?.fees ?? .zero))
    }
}

@Suite("Fees in the coin that was bought, and funding")
struct HeldCostTests {
    private func fill(_ side: OrderSide, _ quantity: String, _ price: String, fee: String, paid: String? = nil) -> Fill
    {
        var fill = Fill()
        fill.symbol = Symbol("BTC/USDT")!
        fill.side = side
        fill.quantity = Quantity(quantity)!
        fill.price = Price(price)!
        fill.fee = Money(fee)!
        fill.paidFee = paid.flatMap { Money($0) }
        fill.paidFeeCurrency = paid == nil ? nil : "BTC"
        return fill
    }

    @Test("what a spot market keeps of the coin is not in the position, and costs its worth")
    func surrendered() {
        var ledger = Ledger(startingBalance: Money(1_000))
        _ = ledger.apply(fill(.buy, "1", "100", fee: "0.1", paid: "0.001"))
        #expect(ledger.positions.first?.quantity == Quantity("0.999")!)
        #expect(ledger.balance == Money("999.9")!)
        #expect(ledger.equity(at: [Symbol("BTC/USDT")!: Price("100")!]) == Money("999.9")!)
        let outcome = ledger.apply(fill(.sell, "0.999", "100", fee: "0"))
        #expect(outcome.trade?.netPnL == Money("-0.1")!)
        #expect(ledger.balance == Money("999.9")!)
        #expect(ledger.checkInvariants().isEmpty)
    }

    @Test("bought twice at different prices, the account is worth what it holds")
    func surrenderedTwice() {
        var ledger = Ledger(startingBalance: Money(1_000))
        _ = ledger.apply(fill(.buy, "1", "100", fee: "0.1", paid: "0.001"))
        _ = ledger.apply(fill(.buy, "1", "200", fee: "0.2", paid: "0.001"))
        // 1000 − 100 − 200 in cash, 1.998 coins of 200.
        #expect(ledger.equity(at: [Symbol("BTC/USDT")!: Price("200")!]) == Money("1099.6")!)
    }

    @Test("less than a lot that stays is out of the books for what it cost, and cash is what the venue has")
    func dust() {
        var ledger = Ledger(startingBalance: Money(1_000))
        _ = ledger.apply(fill(.buy, "1.234", "100", fee: "0.1234", paid: "0.001234"))
        var sale = fill(.sell, "1.23", "110", fee: "0.1353")
        sale.dust = Quantity("0.002766")
        let outcome = ledger.apply(sale)
        #expect(ledger.holdings.isEmpty && outcome.position.quantity.isZero)
        // 1000 − 123.4 + 135.3 − 0.1353 in cash.
        #expect(ledger.balance == Money("1011.7647")!)
        #expect(outcome.realizedPnL == Money("12.0234")! && outcome.trade?.grossPnL == Money("12.0234")!)
        #expect(ledger.checkInvariants().isEmpty)
    }

    @Test("funding belongs to the position and to the account; told after the position is gone, to the account alone")
    func charge() {
        var ledger = Ledger(startingBalance: Money(1_000))
        #expect(ledger.charge(Money(1), to: Symbol("BTC/USDT")!, at: .distantPast) == nil)
        #expect(ledger.balance == Money(999))
        _ = ledger.apply(fill(.buy, "1", "100", fee: "0"))
        #expect(ledger.charge(Money(2), to: Symbol("BTC/USDT")!, at: .distantPast)?.fees == Money(2))
        #expect(ledger.balance == Money(997))
        #expect(ledger.apply(fill(.sell, "1", "110", fee: "0")).trade?.netPnL == Money(8))
        #expect(ledger.checkInvariants().isEmpty)
    }
}
