public import TradingModel

/// Everything a prompt is made of, as values; the same input is the same prompt to the byte.
public struct PromptInput: Hashable, Sendable {
    /// The moment the decision is for.
    public var time: MarketTime
    public var account: AccountBrief
    /// What may be traded, most important first: the last ones are dropped first where the budget is short.
    public var markets: [MarketBrief]
    public var positions: [PositionBrief]
    /// Newest last.
    public var closedTrades: [ClosedTradeBrief]
    /// Headlines and the like, newest last. Written by others: always quoted.
    public var news: [String]
    /// What risk denied of late, oldest first.
    public var denials: [DenialBrief]

    public init(
        time: MarketTime, account: AccountBrief, markets: [MarketBrief], positions: [PositionBrief] = [],
        closedTrades: [ClosedTradeBrief] = [], news: [String] = [], denials: [DenialBrief] = []
    ) {
        self.time = time
        self.account = account
        self.markets = markets
        self.positions = positions
        self.closedTrades = closedTrades
        self.news = news
        self.denials = denials
    }
}

/// The account as the model sees it.
public struct AccountBrief: Hashable, Sendable {
    public var equity: Money
    public var availableCash: Money
    /// (peak equity - equity) / peak equity.
    public var drawdown: Ratio
    /// Loss since the day began; 0 when in profit.
    public var dailyLoss: Ratio
    public var dailyTrades: Int
    public var tradingState: TradingState

    public init(
        equity: Money, availableCash: Money, drawdown: Ratio = .zero, dailyLoss: Ratio = .zero, dailyTrades: Int = 0,
        tradingState: TradingState = .active
    ) {
        self.equity = equity
        self.availableCash = availableCash
        self.drawdown = drawdown
        self.dailyLoss = dailyLoss
        self.dailyTrades = dailyTrades
        self.tradingState = tradingState
    }
}

/// One market: price, seven timeframes, funding, order book.
public struct MarketBrief: Hashable, Sendable {
    public var symbol: Symbol
    public var lastPrice: Price
    /// Absent before a day of candles is known.
    public var change24h: Ratio?
    /// Shortest first.
    public var timeframes: [TimeframeBrief]
    public var funding: Ratio?
    public var book: BookBrief?

    public init(
        symbol: Symbol, lastPrice: Price, change24h: Ratio? = nil, timeframes: [TimeframeBrief] = [],
        funding: Ratio? = nil, book: BookBrief? = nil
    ) {
        self.symbol = symbol
        self.lastPrice = lastPrice
        self.change24h = change24h
        self.timeframes = timeframes
        self.funding = funding
        self.book = book
    }
}

/// One timeframe of a market: the last closes and the indicators at the last of them.
public struct TimeframeBrief: Hashable, Sendable {
    public var timeframe: Timeframe
    /// Oldest first.
    public var closes: [Price]
    /// RSI(14) at each of the last candles, oldest first.
    public var rsi: [Double]
    public var readings: [Reading]

    public init(timeframe: Timeframe, closes: [Price] = [], rsi: [Double] = [], readings: [Reading] = []) {
        self.timeframe = timeframe
        self.closes = closes
        self.rsi = rsi
        self.readings = readings
    }
}

/// The order book near the price.
public struct BookBrief: Hashable, Sendable {
    public var bidDepth: Money
    public var askDepth: Money

    public init(bidDepth: Money, askDepth: Money) {
        self.bidDepth = bidDepth
        self.askDepth = askDepth
    }

    /// The depth of the best `levels` of each side.
    public init(_ book: OrderBook, levels: Int = 20) {
        func depth(_ side: [BookLevel]) -> Money {
            side.prefix(levels).reduce(Money.zero) { sum, level in
                // A level beyond range is left out: no market has one.
                level.price.notional(level.quantity).map { sum + $0 } ?? sum
            }
        }
        self.init(bidDepth: depth(book.bids), askDepth: depth(book.asks))
    }

    /// (bids - asks) / (bids + asks): above zero there is more to buy than to sell.
    public var imbalance: Ratio? {
        let total = bidDepth + askDepth
        return total.isPositive ? (bidDepth - askDepth).ratio(to: total, .halfEven) : nil
    }
}

/// An open position with its exit plan and why it was opened.
public struct PositionBrief: Hashable, Sendable {
    public var plan: ExitPlan
    public var lastPrice: Price
    /// Absent where somebody else than the model opened it.
    public var memory: OpeningMemory?

    public init(plan: ExitPlan, lastPrice: Price, memory: OpeningMemory? = nil) {
        self.plan = plan
        self.lastPrice = lastPrice
        self.memory = memory
    }
}

/// Why a position was opened and what was promised; the model's own words, so they are quoted.
public struct OpeningMemory: Hashable, Sendable {
    public var openedAt: MarketTime
    public var confidence: Ratio
    public var reasoning: String
    public var invalidation: String

    public init(openedAt: MarketTime, confidence: Ratio, reasoning: String, invalidation: String = "") {
        self.openedAt = openedAt
        self.confidence = confidence
        self.reasoning = reasoning
        self.invalidation = invalidation
    }
}

/// What became of a position the model opened.
public struct ClosedTradeBrief: Hashable, Sendable {
    public var symbol: Symbol
    public var side: PositionSide
    public var leverage: Int
    public var memory: OpeningMemory
    public var closedAt: MarketTime
    /// Change of the price in the position's favour.
    public var result: Ratio
    public var exitReason: ExitReason
    /// What the target and the stop had promised.
    public var promisedTarget: Ratio
    public var promisedStop: Ratio

    public init(
        symbol: Symbol, side: PositionSide, leverage: Int, memory: OpeningMemory, closedAt: MarketTime, result: Ratio,
        exitReason: ExitReason, promisedTarget: Ratio, promisedStop: Ratio
    ) {
        self.symbol = symbol
        self.side = side
        self.leverage = leverage
        self.memory = memory
        self.closedAt = closedAt
        self.result = result
        self.exitReason = exitReason
        self.promisedTarget = promisedTarget
        self.promisedStop = promisedStop
    }
}

/// A proposal of the model that risk denied.
public struct DenialBrief: Hashable, Sendable {
    public var symbol: Symbol
    public var action: SignalAction
    public var at: MarketTime
    public var denial: Denial

    public init(symbol: Symbol, action: SignalAction, at: MarketTime, denial: Denial) {
        self.symbol = symbol
        self.action = action
        self.at = at
        self.denial = denial
    }
}
