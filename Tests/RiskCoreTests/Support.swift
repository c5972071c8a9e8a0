import RiskCore
import Testing
import TradingModel

let bitcoin = Symbol("BTC/USDT")!
let ether = Symbol("ETH/USDT")!
let solana = Symbol("SOL/USDT")!
let start = MarketTime(micros: CivilTime.micros(year: 2025, month: 5, day: 20, hour: 9))
let wallStart = WallTime(micros: CivilTime.micros(year: 2026, month: 1, day: 1))

func price(_ text: String) -> Price { Price(text)! }
func quantity(_ text: String) -> Quantity { Quantity(text)! }
func money(_ text: String) -> Money { Money(text)! }
func ratio(_ text: String) -> Ratio { Ratio(text)! }

func instrument(
    _ symbol: Symbol = bitcoin, tick: String = "0.01", lot: String = "0.001", minNotional: String = "5"
) -> Instrument {
    var instrument = Instrument()
    instrument.symbol = symbol
    instrument.venue = .simulated
    instrument.tickSize = price(tick)
    instrument.lotSize = quantity(lot)
    instrument.minQuantity = quantity(lot)
    instrument.maxQuantity = quantity("100000")
    instrument.minNotional = money(minNotional)
    instrument.maxLeverage = 50
    instrument.makerFee = ratio("0.0002")
    instrument.takerFee = ratio("0.0006")
    return instrument
}

func ticker(_ last: Price, _ symbol: Symbol = bitcoin, at time: MarketTime) -> Ticker {
    var ticker = Ticker()
    ticker.symbol = symbol
    ticker.venue = .simulated
    (ticker.bid, ticker.ask, ticker.last) = (last, last, last)
    (ticker.bidQuantity, ticker.askQuantity) = (quantity("10"), quantity("10"))
    ticker.eventTime = time
    return ticker
}

/// A proposal that nothing speaks against while the price is about 100.
func proposal(
    _ id: String = "p1", _ action: SignalAction = .enterLong, _ symbol: Symbol = bitcoin, confidence: Double = 0.75,
    stop: String? = "95", target: String? = "110", leverage: Int = 1, at time: MarketTime = start
) -> Proposal {
    var proposal = Proposal()
    proposal.id = id
    proposal.decisionID = "d-\(id)"
    proposal.strategy = "momentum"
    proposal.symbol = symbol
    proposal.action = action
    proposal.confidence = confidence
    proposal.price = price("100")
    proposal.stopLoss = stop.map(price)
    proposal.takeProfit = target.map(price)
    proposal.leverage = leverage
    proposal.decidedAt = time
    proposal.evidence = [evidence(at: time)]
    return proposal
}

func evidence(session: String = "feed-1", at time: MarketTime) -> Evidence {
    var evidence = Evidence()
    evidence.topic = "candle.BTC/USDT.15m"
    evidence.session = session
    evidence.sequence = 7
    evidence.eventTime = time
    return evidence
}

func limits(_ change: (inout RiskLimits) -> Void = { _ in }) -> RiskLimits {
    var limits = RiskLimits()
    limits.symbols = [bitcoin, ether, solana]
    limits.priceAge = .minutes(2)
    // Judged by tests of their own.
    limits.correlatedExposure = .one
    limits.valueAtRisk.limit = .zero
    limits.valueAtRisk.tailLimit = .zero
    limits.entriesPerMinute = 0
    limits.entriesPerHour = 0
    change(&limits)
    return limits
}

/// An open position's plan as risk keeps it.
func activePlan(
    _ side: PositionSide, leverage: Int, entry: String, stop: String, target: String, best: String? = nil,
    firstFillAt: MarketTime = start
) -> ExitPlan {
    var plan = ExitPlan()
    plan.id = "p1"
    plan.symbol = bitcoin
    plan.side = side
    plan.strategy = "momentum"
    plan.leverage = leverage
    plan.status = .active
    plan.entryOrderID = .derived(from: "p1", purpose: .entry)
    plan.entryPrice = price(entry)
    plan.quantity = quantity("1")
    plan.stopLoss = price(stop)
    plan.takeProfit = price(target)
    plan.timeToLive = .hours(36)
    plan.firstFillAt = firstFillAt
    plan.createdAt = firstFillAt
    plan.updatedAt = firstFillAt
    plan.best = best.map(price) ?? price(entry)
    return plan
}
