import CandleFiles
import FeedCore
import TradingModel
import Venues

/// Where market data comes from: a stream of events in order of market time, that can be taken up again anywhere.
protocol MarketSource: AnyObject {
    /// The symbols, with the length of the candles that come for each.
    var watches: [FeedCore.Watch] { get }
    var instruments: [Instrument] { get }
    /// Which market this is: two sources of the same fingerprint deliver the same events.
    var fingerprint: String { get }
    /// The longest market time between two events of a symbol while nothing is missing.
    var spacing: Span { get }
    /// For the log: what is played, in words.
    var summary: String { get }

    /// Candles of all timeframes from before the first event, for the look-back; called on a first start only.
    func history(lookBack: Int) throws(SourceError) -> [Candle]
    /// The moment of the next event; `nil` at the end.
    func nextTime() throws(SourceError) -> MarketTime?
    /// Appends all events of ``nextTime()`` and moves past them.
    func appendNext(to events: inout [MarketEvent]) throws(SourceError)
    /// From what this source goes on without reading what was before; `nil` where it needs nothing or not now.
    func checkpoint() -> String?
    /// Goes on after `position`, with the newest checkpoint taken at or before it. Returns what was skipped between the
    /// two, as far as it is known, so that the last prices are.
    func resume(after position: MarketTime, checkpoint: String?) throws(SourceError) -> [MarketEvent]
}

/// Why a source cannot be played (on). One sentence that names the file, the line and the value.
typealias SourceError = CandleFileError

extension MarketEvent {
    /// The event that much later.
    func later(by shift: Span) -> MarketEvent {
        switch self {
        case .ticker(var ticker):
            ticker.eventTime = ticker.eventTime + shift
            return .ticker(ticker)
        case .candle(var candle):
            candle.openTime = candle.openTime + shift
            return .candle(candle)
        }
    }

    var isTicker: Bool {
        if case .ticker = self { true } else { false }
    }
}
