import Foundation
import Testing
import TradingModel

let btc = Symbol("BTC/USDT")!
let eth = Symbol("ETH/USDT")!
func money(_ text: String) -> Money { Money(text)! }
func price(_ text: String) -> Price { Price(text)! }
func quantity(_ text: String) -> Quantity { Quantity(text)! }
func id(_ text: String) -> ClientOrderID { ClientOrderID(text)! }
func market(_ seconds: Int64) -> MarketTime { MarketTime(micros: 1_747_700_000_000_000 + seconds * 1_000_000) }

/// A directory of its own that goes away with the test.
final class TemporaryDirectory: Sendable {
    let path: String

    init() {
        var template = Array((NSTemporaryDirectory() + "quartet-exec.XXXXXX").utf8CString)
        path = mkdtemp(&template).map { String(cString: $0) } ?? ""
        #expect(!path.isEmpty)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

func instrument(_ symbol: Symbol) -> Instrument {
    var instrument = Instrument()
    instrument.symbol = symbol
    instrument.venue = .simulated
    instrument.tickSize = price("0.01")
    instrument.lotSize = quantity("0.001")
    instrument.minQuantity = quantity("0.001")
    instrument.maxQuantity = quantity("1000")
    instrument.minNotional = money("5")
    instrument.maxLeverage = 20
    return instrument
}

func ticker(
    _ symbol: Symbol = btc, _ bid: String = "99.9", _ ask: String = "100", quantity amount: String = "1000",
    at seconds: Int64
) -> Ticker {
    Ticker(
        symbol: symbol, venue: .simulated, bid: price(bid), bidQuantity: quantity(amount), ask: price(ask),
        askQuantity: quantity(amount),
        last: price(ask), eventTime: market(seconds), receivedTime: .distantPast)
}

func request(
    _ name: String, _ side: OrderSide = .buy, _ amount: String = "1", symbol: Symbol = btc, limit: String? = nil,
    reduceOnly: Bool = false,
    leverage: Int = 1, at seconds: Int64 = 0
) -> OrderRequest {
    var request = OrderRequest()
    request.clientOrderID = id(name)
    request.proposalID = "proposal-" + name
    request.strategy = "momentum"
    request.symbol = symbol
    request.side = side
    request.type = limit == nil ? .market : .limit
    request.limitPrice = limit.map(price)
    request.quantity = quantity(amount)
    request.isReduceOnly = reduceOnly
    request.leverage = leverage
    request.purpose = reduceOnly ? .exit : .entry
    request.exitReason = reduceOnly ? .takeProfit : nil
    request.referencePrice = price("100")
    request.decidedAt = market(seconds)
    return request
}
