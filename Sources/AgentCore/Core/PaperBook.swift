public import TradingModel

/// What a model's decision would have made by itself: filled at the price of the moment, with its own size, stop and target.
///
/// Risk denies, sizes down and lets one position a symbol stand, and a compared model is never acted on, so that models can
/// be compared only by what they said. Positions on paper are that measure; nothing of them reaches risk.
public struct PaperPosition: Hashable, Sendable {
    /// Derived from model, symbol and moment.
    public var id: String
    public var model: String
    public var symbol: Symbol
    public var side: PositionSide
    /// Share of equity times leverage.
    public var exposure: Ratio
    public var entryPrice: Price
    public var stopLoss: Price
    public var takeProfit: Price
    public var openedAt: MarketTime
    public var closedAt: MarketTime?
    public var exitPrice: Price?
    public var exitReason: ExitReason?
    /// Change of equity, fees of both sides paid; present once closed.
    public var result: Ratio?

    public init(
        id: String, model: String, symbol: Symbol, side: PositionSide, exposure: Ratio, entryPrice: Price,
        stopLoss: Price, takeProfit: Price, openedAt: MarketTime
    ) {
        self.id = id
        self.model = model
        self.symbol = symbol
        self.side = side
        self.exposure = exposure
        self.entryPrice = entryPrice
        self.stopLoss = stopLoss
        self.takeProfit = takeProfit
        self.openedAt = openedAt
    }

    mutating func close(at price: Price, _ reason: ExitReason, _ time: MarketTime, fee: Ratio) {
        let change = price.change(from: entryPrice, .halfEven)
        let favour = side == .long ? change : -change
        let net = favour - fee - fee
        result = Ratio(raw: Rounding.halfEven.multiply(net.raw, exposure.raw, dividedBy: Ratio.scale) ?? 0)
        closedAt = time
        exitPrice = price
        exitReason = reason
    }
}

/// The open positions on paper of all models.
struct PaperBook: Sendable {
    private let fee: Ratio
    private let timeToLive: Span
    private var open: [Symbol: [PaperPosition]] = [:]

    init(fee: Ratio, timeToLive: Span) {
        self.fee = fee
        self.timeToLive = timeToLive
    }

    mutating func restore(_ positions: [PaperPosition]) {
        open = [:]
        for position in positions where position.closedAt == nil { open[position.symbol, default: []].append(position) }
    }

    /// Closes what the price has reached; a stop that was jumped over is left at the price that was there.
    mutating func take(_ ticker: Ticker) -> [PaperPosition] {
        guard let held = open[ticker.symbol], !held.isEmpty, ticker.last.isPositive else { return [] }
        var closed: [PaperPosition] = []
        var left: [PaperPosition] = []
        for var position in held {
            let isLong = position.side == .long
            let price = ticker.last
            let reason: ExitReason? =
                if isLong ? price <= position.stopLoss : price >= position.stopLoss {
                    .stopLoss
                } else if isLong ? price >= position.takeProfit : price <= position.takeProfit {
                    .takeProfit
                } else if ticker.eventTime - position.openedAt >= timeToLive { .ttl } else { nil }
            if let reason {
                position.close(at: price, reason, ticker.eventTime, fee: fee)
                closed.append(position)
            } else {
                left.append(position)
            }
        }
        open[ticker.symbol] = left
        return closed
    }

    /// Opens and closes what a model decided; returns every position that changed.
    mutating func act(
        on answer: ParsedAnswer, model: String, at time: MarketTime, prices: (Symbol) -> Price?
    ) -> [PaperPosition] {
        var changed: [PaperPosition] = []
        for decision in answer.decisions.map(\.decision) {
            guard let symbol = decision.symbol, let price = prices(symbol), price.isPositive else { continue }
            let held = open[symbol, default: []].firstIndex { $0.model == model }
            if decision.action == .close, let held, var position = open[symbol]?.remove(at: held) {
                position.close(at: price, .signal, time, fee: fee)
                changed.append(position)
            } else if let side = decision.action.opens, let plan = decision.plan, held == nil {
                let sign = side == .long ? 1 : -1
                let position = PaperPosition(
                    id: "v" + StableHash.of("\(model)|\(symbol)|\(time.micros)").short(20), model: model,
                    symbol: symbol, side: side, exposure: plan.positionSize.times(plan.leverage), entryPrice: price,
                    stopLoss: price.moved(by: plan.stopLoss.times(sign), .halfEven),
                    takeProfit: price.moved(by: plan.takeProfit.times(sign), .halfEven), openedAt: time)
                open[symbol, default: []].append(position)
                changed.append(position)
            }
        }
        return changed
    }
}
