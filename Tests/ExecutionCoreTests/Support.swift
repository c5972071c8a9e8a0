import ExecutionCore
import Portfolio
import TradingModel

/// Short hands for the tests: what is not named is not what the test is about.
func price(_ text: String) -> Price { Price(text)! }
func quantity(_ text: String) -> Quantity { Quantity(text)! }
func money(_ text: String) -> Money { Money(text)! }
func ratio(_ text: String) -> Ratio { Ratio(text)! }
func id(_ text: String) -> ClientOrderID { ClientOrderID(text)! }
func market(_ seconds: Int64) -> MarketTime { MarketTime(micros: 1_000_000_000_000 + seconds * 1_000_000) }
func wall(_ seconds: Int64) -> WallTime { WallTime(micros: 2_000_000_000_000 + seconds * 1_000_000) }

let btc = Symbol("BTC/USDT")!
let eth = Symbol("ETH/USDT")!

func instrument(
    _ symbol: Symbol = btc, tick: String = "0.01", lot: String = "0.001", minQuantity: String = "0.001",
    maxQuantity: String = "1000",
    minNotional: String = "5", maxLeverage: Int = 50
) -> Instrument {
    var instrument = Instrument()
    instrument.symbol = symbol
    instrument.venue = .simulated
    instrument.tickSize = price(tick)
    instrument.lotSize = quantity(lot)
    instrument.minQuantity = quantity(minQuantity)
    instrument.maxQuantity = quantity(maxQuantity)
    instrument.minNotional = money(minNotional)
    instrument.maxLeverage = maxLeverage
    return instrument
}

func ticker(
    _ symbol: Symbol = btc, bid: String = "99.9", ask: String = "100", last: String? = nil,
    bidQuantity: String = "1000",
    askQuantity: String = "1000", at seconds: Int64
) -> Ticker {
    Ticker(
        symbol: symbol, venue: .simulated, bid: price(bid), bidQuantity: quantity(bidQuantity), ask: price(ask),
        askQuantity: quantity(askQuantity), last: price(last ?? ask), eventTime: market(seconds),
        receivedTime: wall(seconds))
}

func request(
    _ name: String = "a", _ side: OrderSide = .buy, _ amount: String = "1", symbol: Symbol = btc,
    type: OrderType = .market,
    limit: String? = nil, stop: String? = nil, force: TimeInForce = .goodTilCanceled, reduceOnly: Bool = false,
    postOnly: Bool = false,
    leverage: Int = 1, exitReason: ExitReason? = nil, at seconds: Int64 = 0
) -> OrderRequest {
    var request = OrderRequest()
    request.clientOrderID = id(name)
    request.proposalID = "proposal-" + name
    request.strategy = "momentum"
    request.symbol = symbol
    request.side = side
    request.type = type
    request.quantity = quantity(amount)
    request.limitPrice = limit.map(price)
    request.stopPrice = stop.map(price)
    request.timeInForce = force
    request.isReduceOnly = reduceOnly
    request.isPostOnly = postOnly
    request.leverage = leverage
    request.purpose = reduceOnly ? .exit : .entry
    request.exitReason = exitReason
    request.referencePrice = price("100")
    request.decidedAt = market(seconds)
    return request
}

func fill(
    _ fillID: String, of request: OrderRequest, _ amount: String, at text: String = "100", seconds: Int64 = 1
) -> Fill {
    var fill = Fill()
    fill.id = fillID
    fill.clientOrderID = request.clientOrderID
    fill.symbol = request.symbol
    fill.side = request.side
    fill.quantity = quantity(amount)
    fill.price = price(text)
    fill.eventTime = market(seconds)
    return fill
}
