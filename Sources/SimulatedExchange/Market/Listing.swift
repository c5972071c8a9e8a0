import TradingModel
import Venues

/// One symbol as one of the two markets lists it: rules, units, book, candles.
///
/// Prices are counted in ticks and quantities in lots, so that every comparison and sum is whole.
struct Listing: Sendable {
    let index: Int
    let market: BoxMarket
    let symbol: Symbol
    let venueSymbol: String
    let instrument: Instrument
    /// Value of one lot at one tick.
    let unit: Money
    /// Decimals in which prices and quantities are written.
    let priceDigits: Int
    let quantityDigits: Int
    /// How ticks and lots become decimals.
    private let priceScale: DecimalScale
    private let quantityScale: DecimalScale
    /// The place of its prices in the source.
    let source: Int

    var book: Book
    var board: CandleBoard
    /// In the order in which they were first asked for.
    var streams: [StreamTopic] = []
    /// The last prices of the source.
    var quote = MarketPrint()
    var lastTicks: Int64 = 0
    var lastLots: Int64 = 0
    var tradeID: Int64
    var trades = RecentTrades()
    /// The last change of the book, and the last one published in a stream.
    var updateID: Int64 = 1_000
    var publishedID: Int64 = 1_000
    /// The book follows the source's prices only while somebody can see it.
    var isBookCurrent = false
    /// Orders of the account that rest in the book or wait for a trigger.
    var openOrders = 0
    /// Streams of the book.
    var depthWatchers = 0

    init(index: Int, market: BoxMarket, symbol: Symbol, instrument: Instrument, source: Int, start: MarketTime) {
        self.index = index
        self.market = market
        self.symbol = symbol
        venueSymbol = symbol.baseCurrency + symbol.quoteCurrency
        var rules = instrument
        // Spot takes smaller orders than the contracts of the catalogue.
        if market == .spot { rules.minNotional = min(rules.minNotional, Money(5)) }
        self.instrument = rules
        unit = Money(raw: rules.tickSize.raw * rules.lotSize.raw)
        priceScale = DecimalScale(rules.tickSize)
        quantityScale = DecimalScale(rules.lotSize)
        priceDigits = market == .spot ? 8 : max(1, Decimals.digits(of: rules.tickSize))
        quantityDigits = market == .spot ? 8 : Decimals.digits(of: rules.lotSize)
        self.source = source
        book = Book()
        board = CandleBoard(start: start)
        // Ids begin where a day of the exchange would have brought them, the same for the same start.
        tradeID = start.micros / 1_000_000
    }

    var base: String { symbol.baseCurrency }
    var quoteAsset: String { symbol.quoteCurrency }

    func price(_ ticks: Int64) -> Price { Price(raw: instrument.tickSize.raw * Int128(ticks)) }
    func quantity(_ lots: Int64) -> Quantity { Quantity(raw: instrument.lotSize.raw * Int128(lots)) }
    /// Exact.
    func money(_ ticks: Int64, _ lots: Int64) -> Money { Money(raw: unit.raw * Int128(ticks) * Int128(lots)) }

    func ticks(_ price: Price) -> Int64 { Int64(clamping: price.raw / instrument.tickSize.raw) }
    func lots(_ quantity: Quantity) -> Int64 { Int64(clamping: quantity.raw / instrument.lotSize.raw) }

    func priceText(_ ticks: Int64) -> String { priceScale.text(ticks, digits: priceDigits) }
    func quantityText(_ lots: Int64) -> String { quantityScale.text(lots, digits: quantityDigits) }
    func moneyText(_ ticks: Int64, _ lots: Int64) -> String { Decimals.fixed(money(ticks, lots), 8) }
    /// A sum of ticks × lots.
    func valueText(_ value: Int128) -> String { Decimals.fixed(Money(raw: unit.raw * value), 8) }

    /// Best prices as anybody sees them.
    var bestBid: (ticks: Int64, lots: Int64) {
        isBookCurrent ? book.best(.buy) ?? (0, 0) : (quote.bid, quote.bidLots)
    }
    var bestAsk: (ticks: Int64, lots: Int64) {
        isBookCurrent ? book.best(.sell) ?? (0, 0) : (quote.ask, quote.askLots)
    }

    /// By which positions are valued: between bid and ask of the source, so that no single order moves it.
    var markTicks: Int64 { (quote.bid + quote.ask) / 2 }

    /// Somebody can see the book: orders of the account are in it, or a stream shows it.
    var isWatched: Bool { openOrders > 0 || depthWatchers > 0 }
}

/// The last public trades of a listing, the newest last.
struct RecentTrades: Sendable {
    struct Trade: Sendable {
        var id: Int64
        var ticks: Int64
        var lots: Int64
        var time: MarketTime
        var isBuyerMaker: Bool
    }
    static let capacity = 1_000
    private(set) var list: [Trade] = []

    mutating func add(_ trade: Trade) {
        // Twice the capacity is kept before half is dropped, so that it costs nothing by the trade.
        if list.count >= RecentTrades.capacity * 2 { list.removeFirst(RecentTrades.capacity) }
        list.append(trade)
    }
}

/// A step as a whole number and its decimals, so that its multiples are written without wide arithmetic.
struct DecimalScale: Sendable {
    private let factor: Int64
    private let decimals: Int

    init<Step: FixedPoint>(_ step: Step) {
        var raw = step.raw
        var decimals = Step.fractionDigits
        while decimals > 0, raw % 10 == 0 {
            raw /= 10
            decimals -= 1
        }
        factor = Int64(clamping: raw)
        self.decimals = decimals
    }

    /// `count` steps with at least `digits` decimals. The product fits 64 bits: counts are below 10^15, factors below 10^3
    /// for every step that exchanges use; beyond it the text saturates.
    func text(_ count: Int64, digits: Int) -> String {
        let (product, isTooLarge) = count.magnitude.multipliedReportingOverflow(by: factor.magnitude)
        var rest = isTooLarge ? UInt64.max : product
        let zeros = max(0, digits - decimals)
        return String(unsafeUninitializedCapacity: 48 + zeros) { buffer in
            // Written from the end, then moved to the front.
            var place = buffer.count
            func put(_ byte: UInt8) {
                place -= 1
                buffer[place] = byte
            }
            for _ in 0..<zeros { put(UInt8(ascii: "0")) }
            var written = 0
            repeat {
                if written == decimals, decimals + zeros > 0 { put(UInt8(ascii: ".")) }
                put(UInt8(ascii: "0") + UInt8(rest % 10))
                rest /= 10
                written += 1
            } while rest > 0 || written <= decimals
            if count < 0 { put(UInt8(ascii: "-")) }
            let length = buffer.count - place
            for index in 0..<length { buffer[index] = buffer[place + index] }
            return length
        }
    }
}

/// Decimal texts as the exchange writes them.
enum Decimals {
    /// With at least `digits` decimals, and as many more as the value has.
    static func fixed(_ value: some FixedPoint, _ digits: Int) -> String {
        var text = value.description
        var decimals = 0
        if let point = text.utf8.firstIndex(of: UInt8(ascii: ".")) {
            decimals = text.utf8.distance(from: point, to: text.utf8.endIndex) - 1
        } else if digits > 0 {
            text.append(".")
        }
        if decimals < digits { text += String(repeating: "0", count: digits - decimals) }
        return text
    }

    /// Decimals of a step: 3 for 0.001, 0 for 10.
    static func digits(of step: some FixedPoint) -> Int {
        let text = step.description
        guard let point = text.utf8.firstIndex(of: UInt8(ascii: ".")) else { return 0 }
        return text.utf8.distance(from: point, to: text.utf8.endIndex) - 1
    }
}
