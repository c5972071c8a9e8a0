import TradingModel
import Wire

/// Messages of the size and shape that the services exchange.
enum Samples {
    static let symbol = Symbol("BTC/USDT") ?? .none

    static func ticker(_ index: Int) -> Ticker {
        var ticker = Ticker()
        ticker.symbol = symbol
        ticker.venue = .simulated
        ticker.bid = Price("104250.01") ?? .zero
        ticker.bidQuantity = Quantity("0.51234") ?? .zero
        ticker.ask = Price("104250.02") ?? .zero
        ticker.askQuantity = Quantity("1.20011") ?? .zero
        ticker.last = Price("104250.02") ?? .zero
        ticker.eventTime = MarketTime(micros: 1_747_699_200_000_000 + Int64(index))
        ticker.receivedTime = WallTime(micros: 1_747_699_200_000_500 + Int64(index))
        return ticker
    }

    static func request(_ id: String) -> OrderRequest {
        var request = OrderRequest()
        request.clientOrderID = ClientOrderID.derived(from: id, purpose: .entry, attempt: 0)
        request.proposalID = "momentum|BTC/USDT|buy|1747699200000000"
        request.strategy = "momentum"
        request.symbol = symbol
        request.quantity = Quantity("0.01917") ?? .zero
        request.referencePrice = Price("104250.02") ?? .zero
        request.decidedAt = MarketTime(micros: 1_747_699_500_000_000)
        return request
    }

    static func report(_ request: OrderRequest) -> OrderReport {
        var order = Order()
        order.request = request
        order.status = .accepted
        order.venueOrderID = "paper-1"
        order.createdAt = request.decidedAt
        order.updatedAt = request.decidedAt
        var report = OrderReport()
        report.order = order
        return report
    }
}
