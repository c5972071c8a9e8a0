public import TradingModel
import Venues

/// Why a saved exchange cannot go on. One sentence.
public struct SavedBoxError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
}

/// The market of an exchange as text, from which it goes on after the program has ended.
///
/// Prices and candles are kept, and the numbers of trades and book changes. The account is not: who trades at the box has it
/// anew after a restart, with nothing in it but its starting money. The same text and settings are the same market from
/// there on, to the last digit.
extension ExchangeBox {
    private static let heading = "quartet exchange in a box 1"

    /// What of the settings makes the market: a saved one goes on with the same only.
    private static func identity(_ settings: BoxSettings) -> String {
        "seed \(settings.seed) tick \(settings.tickInterval.micros) symbols "
            + settings.symbols.map(\.name).joined(separator: ",")
    }

    /// The whole market as text; `nil` where it plays recordings. O(candles kept).
    ///
    /// - Parameter wall: the machine's time, by which ``times(ofSaved:)`` tells how long ago this was.
    /// - Parameter isClean: nothing happens after it.
    public func saved(at wall: WallTime, isClean: Bool) -> String? {
        guard let market = source.saved else { return nil }
        var text = ExchangeBox.heading + "\n" + ExchangeBox.identity(settings) + "\n"
        text += "times \(settings.start.micros) \(now.market.micros) \(wall.micros) \(isClean ? 1 : 0)\n"
        for listing in listings {
            let quote = listing.quote
            text +=
                "listing \(listing.market.rawValue) \(listing.venueSymbol) \(listing.lastTicks) \(listing.lastLots) "
                + "\(listing.tradeID) \(listing.updateID) \(quote.time.micros) \(quote.bid) \(quote.ask) \(quote.bidLots) "
                + "\(quote.askLots) \(quote.last) \(quote.lots)\n"
            for slot in CandleBoard.lengths.indices {
                let newest = listing.board.newest(settings.lookBack + 200, slot: slot)
                text += "candles \(newest.rows.count) \(newest.isCut ? 1 : 0)\n"
                for candle in newest.rows { candle.append(to: &text) }
            }
            text += "forming \(listing.board.forming.count)\n"
            for candle in listing.board.forming { candle.append(to: &text) }
        }
        return text + "market\n" + market
    }

    /// What a saved text says of its time: the market's start, where it stood, when that was, and whether nothing happened
    /// after it. Throws where the text is no saved exchange.
    public static func times(
        ofSaved text: String
    ) throws(SavedBoxError) -> (
        start: MarketTime, market: MarketTime, wall: WallTime, isClean: Bool
    ) {
        var reader = SavedReader(text)
        try reader.expect(heading)
        _ = try reader.line()
        var words = try reader.words("times", 4)
        return (
            MarketTime(micros: words.removeFirst()), MarketTime(micros: words.removeFirst()),
            WallTime(micros: words.removeFirst()), words[0] == 1
        )
    }

    /// The exchange of these settings as it was saved. `settings.fault` is `nil`. Throws where the text is damaged, or of
    /// another market; `settings.start` is the saved one's.
    public init(_ settings: BoxSettings, saved text: String) throws(SavedBoxError) {
        let times = try ExchangeBox.times(ofSaved: text)
        var settings = settings
        settings.start = times.start
        self.init(settings)
        var reader = SavedReader(text)
        try reader.expect(ExchangeBox.heading)
        let identity = try reader.line()
        guard identity == ExchangeBox.identity(settings) else {
            throw SavedBoxError(
                description:
                    "the saved market is another (\(identity)) than the one asked for (\(ExchangeBox.identity(settings)))"
            )
        }
        _ = try reader.line()
        for index in listings.indices { try listings[index].restore(&reader) }
        try reader.expect("market")
        do throws(SavedMarketError) {
            try source.restore(reader.rest)
        } catch {
            throw SavedBoxError(description: error.description)
        }
        guard times.market >= times.start, times.market.micros < Int64.max / 4 else { throw reader.damaged }
        now = BoxTime(market: times.market, wall: .distantPast)
        boundary = (times.market.micros / 60_000_000 + 1) * 60_000
        nextFunding = (times.market.micros / 1_000 / FundingPayment.interval + 1) * FundingPayment.interval
    }
}

extension BoxCandle {
    fileprivate func append(to text: inout String) {
        for number in [openTime, open, high, low, close, lots, trades, takerLots] {
            text += String(number)
            text += " "
        }
        text += "\(value) \(takerValue)\n"
    }

    fileprivate init(_ reader: inout SavedReader) throws(SavedBoxError) {
        let words = try reader.line().split(separator: " ")
        guard words.count == 10, let value = Int128(words[8]), let takerValue = Int128(words[9]) else {
            throw reader.damaged
        }
        var numbers: [Int64] = []
        for word in words.prefix(8) {
            guard let number = Int64(word) else { throw reader.damaged }
            numbers.append(number)
        }
        self.init(flat: numbers[1], openTime: numbers[0])
        (high, low, close) = (numbers[2], numbers[3], numbers[4])
        (lots, trades, takerLots) = (numbers[5], numbers[6], numbers[7])
        (self.value, self.takerValue) = (value, takerValue)
    }
}

extension Listing {
    fileprivate mutating func restore(_ reader: inout SavedReader) throws(SavedBoxError) {
        let words = try reader.line().split(separator: " ")
        guard words.count == 14, words[0] == "listing", words[1] == String(market.rawValue), words[2] == venueSymbol
        else { throw reader.damaged }
        var numbers: [Int64] = []
        for word in words.dropFirst(3) {
            guard let number = Int64(word) else { throw reader.damaged }
            numbers.append(number)
        }
        (lastTicks, lastLots, tradeID, updateID) = (numbers[0], numbers[1], numbers[2], numbers[3])
        publishedID = updateID
        quote = MarketPrint(
            source: source, time: MarketTime(micros: numbers[4]), bid: numbers[5], ask: numbers[6], bidLots: numbers[7],
            askLots: numbers[8], last: numbers[9], lots: numbers[10])
        isBookCurrent = false
        var closed: [(rows: [BoxCandle], isCut: Bool)] = []
        for _ in CandleBoard.lengths {
            let head = try reader.words("candles", 2)
            var rows: [BoxCandle] = []
            for _ in 0..<(try reader.count(head[0])) { rows.append(try BoxCandle(&reader)) }
            closed.append((rows, head[1] == 1))
        }
        let count = try reader.count(try reader.words("forming", 1)[0])
        guard count == 0 || count == CandleBoard.lengths.count else { throw reader.damaged }
        var forming: [BoxCandle] = []
        for _ in 0..<count { forming.append(try BoxCandle(&reader)) }
        board.restore(closed: closed, forming: forming)
    }
}

/// The lines of a saved text, in order.
private struct SavedReader {
    private var text: Substring
    private(set) var number = 0

    init(_ text: String) { self.text = text[...] }

    var damaged: SavedBoxError { SavedBoxError(description: "the saved market is damaged at its line \(number)") }
    var rest: String { String(text) }

    mutating func line() throws(SavedBoxError) -> String {
        number += 1
        guard let end = text.utf8.firstIndex(of: UInt8(ascii: "\n")) else { throw damaged }
        defer { text = text[text.utf8.index(after: end)...] }
        return String(text[..<end])
    }

    mutating func expect(_ wanted: String) throws(SavedBoxError) {
        guard try line() == wanted else { throw damaged }
    }

    /// The whole numbers behind a label.
    mutating func words(_ label: String, _ wanted: Int) throws(SavedBoxError) -> [Int64] {
        let words = try line().split(separator: " ")
        let numbers = words.dropFirst().compactMap { Int64($0) }
        guard words.first.map(String.init) == label, words.count == wanted + 1, numbers.count == wanted else {
            throw damaged
        }
        return numbers
    }

    func count(_ number: Int64) throws(SavedBoxError) -> Int {
        guard (0...20_000).contains(number) else { throw damaged }
        return Int(number)
    }
}
