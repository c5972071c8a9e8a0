import CandleFiles
import FeedCore
import TradingModel
import Venues
import Wire

/// A recording of feed's bus, frames back to back: its tickers and shortest candles, played through the core again.
///
/// Longer candles, clocks and whatever else was recorded are skipped: the core makes them anew. Of several buses in one
/// recording only feed's counts. The frames carry no topic, so kind and symbol are taken from the messages.
final class BusRecordingSource: MarketSource {
    let watches: [FeedCore.Watch]
    let instruments: [Instrument]
    private let path: String
    private let start: MarketTime?
    private let timeframes: [Symbol: Timeframe]
    private var player: FramePlayer

    /// Looks through the first 64 MiB for symbols and timeframes. `symbols` are those that are wanted.
    init(path: String, symbols: [Symbol], start: MarketTime?) throws(SourceError) {
        self.path = path
        self.start = start
        let survey = try BusRecordingSurvey(path: path)
        let found = symbols.filter { survey.symbols[$0] != nil }
        guard !found.isEmpty else {
            let names = survey.symbols.keys.sorted().map(\.name).joined(separator: ", ")
            throw SourceError(
                .unusable,
                names.isEmpty
                    ? "\(path) has no tickers and no candles of feed: record feed's bus with quartet record"
                    : "\(path) has \(names), none of which is among symbols: set symbols to what shall be traded")
        }
        (watches, instruments) = survey.describe(found)
        timeframes = Dictionary(uniqueKeysWithValues: watches.map { ($0.symbol, $0.sourceTimeframe) })
        player = try FramePlayer(path: path, timeframes: timeframes)
        if let start { _ = try resume(after: start, checkpoint: nil) }
    }

    var spacing: Span { .zero }
    var fingerprint: String {
        "bus recording \(path) start=\(start?.description ?? "") symbols=\(watches.map(\.symbol.name).joined(separator: ","))"
    }
    var summary: String { "the bus recording \(path) with \(watches.map(\.symbol.name).joined(separator: ", "))" }

    func history(lookBack: Int) throws(SourceError) -> [Candle] {
        guard let start else { return [] }
        var settings = FeedCore.Settings(watches: watches)
        settings.lookBack = lookBack
        var core = FeedCore(settings: settings, startedAt: .distantPast)
        var directives: [FeedCore.Directive] = []
        let past = try FramePlayer(path: path, timeframes: timeframes)
        while let (time, event) = try past.next(), time <= start {
            guard case .candle(let candle) = event else { continue }
            core.handle(.candle(candle), at: .distantPast, into: &directives)
            directives.removeAll(keepingCapacity: true)
        }
        return watches.flatMap { watch in
            core.timeframes(of: watch.symbol).flatMap { core.candles(watch.symbol, $0, limit: lookBack) ?? [] }
        }
    }

    func nextTime() throws(SourceError) -> MarketTime? { try player.peek()?.time }

    func appendNext(to events: inout [MarketEvent]) throws(SourceError) {
        guard let (time, event) = try player.next() else { return }
        events.append(event)
        while try player.peek()?.time == time, let (_, event) = try player.next() { events.append(event) }
    }

    func checkpoint() -> String? { nil }

    func resume(after position: MarketTime, checkpoint: String?) throws(SourceError) -> [MarketEvent] {
        player = try FramePlayer(path: path, timeframes: timeframes)
        var last: [Symbol: MarketEvent] = [:]
        while let (time, event) = try player.peek(), time <= position {
            if event.isTicker { last[event.symbol] = event }
            _ = try player.next()
        }
        return watches.compactMap { last[$0.symbol] }
    }
}

/// One pass over a bus recording.
final class FramePlayer {
    private let path: String
    private let timeframes: [Symbol: Timeframe]?
    private let bytes: ByteReader
    private var frames = FrameReader()
    private var hasEnded = false
    private var time: MarketTime = .distantPast
    private var pending: (time: MarketTime, event: MarketEvent)?

    /// With `timeframes`, only tickers and those candles of those symbols; without, every ticker and candle.
    init(path: String, timeframes: [Symbol: Timeframe]?) throws(SourceError) {
        self.path = path
        self.timeframes = timeframes
        bytes = try ByteReader(path: path)
    }

    /// Bytes of the recording passed so far.
    var offset: Int { frames.offset }

    func peek() throws(SourceError) -> (time: MarketTime, event: MarketEvent)? {
        if pending == nil { pending = try read() }
        return pending
    }

    func next() throws(SourceError) -> (time: MarketTime, event: MarketEvent)? {
        let event = try peek()
        pending = nil
        return event
    }

    private func read() throws(SourceError) -> (time: MarketTime, event: MarketEvent)? {
        while let frame = try nextFrame() {
            let begin = frames.offset - frame.count
            let event: MarketEvent?
            do throws(WireError) {
                event = try Self.event(in: frame)
            } catch {
                throw SourceError(.malformed, "\(path): the frame at byte \(begin) is no message: \(error)")
            }
            guard let event, isWanted(event) else { continue }
            // A restarted feed repeats itself; market time does not go back for that.
            time = max(time, event.time)
            return (time, event)
        }
        return nil
    }

    private func nextFrame() throws(SourceError) -> [UInt8]? {
        do throws(WireError) {
            while true {
                if let frame = try frames.next() { return frame }
                if hasEnded {
                    try frames.finish()
                    return nil
                }
                var piece: [UInt8] = []
                let result: Result<Bool, SourceError> = read(into: &piece)
                switch result {
                case .success(let isMore): hasEnded = !isMore
                case .failure(let error): throw WireError(.truncated, error.description)
                }
                frames.append(piece)
            }
        } catch {
            throw SourceError(.malformed, "\(path): \(error)")
        }
    }

    private func read(into piece: inout [UInt8]) -> Result<Bool, SourceError> {
        do throws(SourceError) { return .success(try bytes.append(to: &piece)) } catch { return .failure(error) }
    }

    private func isWanted(_ event: MarketEvent) -> Bool {
        guard let timeframes else { return true }
        guard let timeframe = timeframes[event.symbol] else { return false }
        if case .candle(let candle) = event { return candle.timeframe == timeframe }
        return true
    }

    /// The ticker or candle of feed's in a frame; `nil` for anything else.
    private static func event(in frame: [UInt8]) throws(WireError) -> MarketEvent? {
        let result: Result<MarketEvent?, WireError> = frame.withUnsafeBytes { bytes in
            do throws(WireError) {
                let (envelope, body) = try WireMessage.decodeEnvelope(bytes)
                guard envelope.source == ServiceName.feed.rawValue else { return .success(nil) }
                switch envelope.kind {
                case Ticker.kind: return .success(.ticker(try WireMessage.decodeBody(Ticker.self, of: bytes, body)))
                case Candle.kind: return .success(.candle(try WireMessage.decodeBody(Candle.self, of: bytes, body)))
                default: return .success(nil)
                }
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}

/// What the beginning of a bus recording tells about it.
struct BusRecordingSurvey {
    struct Found {
        /// The shortest candles there are; `nil` before the first.
        var timeframe: Timeframe?
        var venue: VenueID
        var price = PowerOfTenStep()
        var quantity = PowerOfTenStep()
    }

    private(set) var symbols: [Symbol: Found] = [:]
    /// Bytes looked at, unpacked.
    static let depth = 64 << 20

    init(path: String) throws(SourceError) {
        let player = try FramePlayer(path: path, timeframes: nil)
        while player.offset < Self.depth, let (_, event) = try player.next() {
            switch event {
            case .ticker(let ticker):
                note(
                    ticker.symbol, ticker.venue, prices: [ticker.bid, ticker.ask, ticker.last],
                    quantities: [ticker.bidQuantity, ticker.askQuantity])
            case .candle(let candle):
                note(
                    candle.symbol, candle.venue, prices: [candle.open, candle.high, candle.low, candle.close],
                    quantities: [candle.volume])
                let known = symbols[candle.symbol]?.timeframe ?? candle.timeframe
                symbols[candle.symbol]?.timeframe = min(known, candle.timeframe)
            }
        }
    }

    private mutating func note(_ symbol: Symbol, _ venue: VenueID, prices: [Price], quantities: [Quantity]) {
        var found = symbols[symbol] ?? Found(venue: venue)
        for price in prices { found.price.include(price.raw) }
        for quantity in quantities { found.quantity.include(quantity.raw) }
        symbols[symbol] = found
    }

    func describe(_ wanted: [Symbol]) -> ([FeedCore.Watch], [Instrument]) {
        let known = wanted.compactMap { symbol in symbols[symbol].map { (symbol, $0) } }
        let watches = known.map {
            FeedCore.Watch(symbol: $0, venue: $1.venue, sourceTimeframe: $1.timeframe ?? .oneMinute)
        }
        let instruments = known.map {
            InferredInstrument.make(
                $0, venue: $1.venue, priceStep: Price(raw: $1.price.step), volumeStep: Quantity(raw: $1.quantity.step))
        }
        return (watches, instruments)
    }
}
