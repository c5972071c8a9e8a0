public import Portfolio
public import TradingModel

/// Everything a report is made of: what was played, and what came of it.
public struct RunRecord: Sendable {
    /// What is reported on: a backtest, or a session of the services.
    public enum Occasion: Sendable { case backtest, session }
    public var occasion = Occasion.backtest
    /// Strategies in the order of the configuration, as a person names them: `momentum 15m`.
    public var strategies: [String] = []
    public var symbols: [Symbol] = []
    /// The candles played: symbol, length and number.
    public var sources: [Source] = []
    public var currency = "USDT"
    /// The first and the last moment of market time that was played.
    public var from: MarketTime = .distantPast
    public var to: MarketTime = .distantPast
    public var startingBalance: Money = .zero
    public var finalBalance: Money = .zero
    public var trades: [ReportedTrade] = []
    /// What was still open at the end, with the last price.
    public var open: [OpenTrade] = []
    /// Equity with open results, ascending in time.
    public var equity: [EquityPoint] = []
    /// Denied proposals by reason.
    public var denials: [String: Int] = [:]
    /// Decisions made, proposals made, orders that came to nothing.
    public var decisions = 0
    public var proposals = 0
    public var unfilledOrders = 0
    /// Value of all fills.
    public var turnover: Money = .zero
    /// What was assumed and set, in reading order.
    public var assumptions: [(name: String, value: String)] = []
    /// Sentences about the data and from the cores that a reader should know.
    public var remarks: [String] = []
    /// Candles for the charts, few enough to be drawn.
    public var charts: [PriceChart] = []
    /// Seconds the play took and candles it played; absent where nobody measured.
    public var seconds: Double?
    public var candles = 0

    public init() {}

    /// A candle file or series that was played.
    public struct Source: Sendable {
        public var symbol: Symbol
        public var timeframe: Timeframe
        public var candles: Int
        /// Close of the last candle over open of the first, less one.
        public var marketChange: Double
        public init(symbol: Symbol, timeframe: Timeframe, candles: Int, marketChange: Double) {
            self.symbol = symbol
            self.timeframe = timeframe
            self.candles = candles
            self.marketChange = marketChange
        }
    }
}

/// A completed trade with what a report wants to know besides.
public struct ReportedTrade: Sendable {
    public var trade: Trade
    /// What led to the entry: strategy and candle length.
    public var entryTag: String
    /// The furthest the price went against and in favour of the position, as shares of the entry price, 0...
    public var adverse: Double?
    public var favourable: Double?
    public init(trade: Trade, entryTag: String, adverse: Double? = nil, favourable: Double? = nil) {
        self.trade = trade
        self.entryTag = entryTag
        self.adverse = adverse
        self.favourable = favourable
    }
}

/// A position that was open at the end.
public struct OpenTrade: Sendable {
    public var position: Position
    public var price: Price
    public init(position: Position, price: Price) {
        self.position = position
        self.price = price
    }
    public var result: Money { position.unrealizedPnL(at: price) }
}

/// Candles to draw.
public struct PriceChart: Sendable {
    public struct Bar: Sendable {
        public var time: MarketTime
        public var open, high, low, close: Double
        public init(time: MarketTime, open: Double, high: Double, low: Double, close: Double) {
            self.time = time
            self.open = open
            self.high = high
            self.low = low
            self.close = close
        }
    }
    public var symbol: Symbol
    /// Market time one bar stands for.
    public var span: Span
    public var bars: [Bar]
    public init(symbol: Symbol, span: Span, bars: [Bar]) {
        self.symbol = symbol
        self.span = span
        self.bars = bars
    }
}
