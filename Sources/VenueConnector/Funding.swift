import ExecutionCore
import JSONText
import TradingModel
import VenueTrading
import Venues

/// What positions paid or received for being held: asked for with every account, and as soon as the stream speaks of it.
extension VenueConnector {
    /// Asks for the payments since then; a question that is not answered is asked again with the next account. Binance
    /// tells of seven days at most.
    mutating func askFunding(since: MarketTime, _ turn: inout ConnectorTurn) {
        guard market == .binanceUSDM || market == .bybitLinear, setUp.isDone else { return }
        let isAsked = { (call: PendingCall) in if case .funding = call.purpose { true } else { false } }
        guard !queue.contains(where: isAsked), !pending.values.contains(where: isAsked) else { return }
        let begin = max(since, clock.now(turn.now) - .hours(7 * 24) + .minutes(1))
        let limit = market == .bybitLinear ? 100 : 1_000
        enqueue(
            .funding(nil, TimeWindow(since: max(0, begin.micros / 1_000), limit: limit)), for: .funding, .entry, &turn)
    }

    mutating func heardFunding(_ outcome: CallOutcome, _ turn: inout ConnectorTurn) {
        switch outcome {
        case .data(let message):
            for payment in message.data.items.compactMap(payment).sorted(by: {
                ($0.eventTime, $0.id) < ($1.eventTime, $1.id)
            }) {
                turn.report(.funding(payment))
            }
        case .refused(let error): turn.log(.warning, "\(market.title) did not tell of funding: \(error.words)")
        case .unreadable(let why): turn.log(.warning, "\(market.title) did not tell of funding: \(why)")
        }
    }

    /// `nil` where it is no payment of funding, or of a symbol that is not ours.
    func payment(_ item: JSONValue) -> FundingPayment? {
        guard let spelling = item.text("symbol"), let symbol = symbols[spelling], let time = item.time("time") else {
            return nil
        }
        var payment = FundingPayment()
        payment.symbol = symbol
        payment.eventTime = time
        if market == .bybitLinear {
            // A fee of an execution without an order: positive is paid.
            guard item.text("execution_type") == "funding", let id = item.text("trade_id"),
                let fee: Money = item.decimal("fee")
            else { return nil }
            payment.id = "\(spelling)-\(id)"
            payment.amount = fee
        } else {
            // Income: negative is paid. The id is unique for a kind of income of one user.
            guard item.text("type") == "funding_fee", let id = item.text("transaction_id"),
                item.text("asset") == symbol.quoteCurrency, let income: Money = item.decimal("amount")
            else { return nil }
            payment.id = "\(spelling)-\(id)"
            payment.amount = -income
        }
        return payment
    }
}
