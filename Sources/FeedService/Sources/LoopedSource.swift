import CandleFiles
import FeedCore
import TradingModel
import Venues

/// A source that begins again when it is at its end, with market time going on.
///
/// Each pass is later by the same multiple of four hours, so that candles of all timeframes open where they did.
/// Between two passes market data is missing for less than four hours.
final class LoopedSource: MarketSource {
    private let make: () throws(SourceError) -> any MarketSource
    private var inner: any MarketSource
    private let first: MarketTime
    private let period: Span
    private var pass: Int64 = 0

    /// Plays `make()` through once to know its length.
    init(_ make: @escaping () throws(SourceError) -> any MarketSource) throws(SourceError) {
        self.make = make
        let scout = try make()
        guard let first = try scout.nextTime() else {
            throw SourceError(.unusable, "\(scout.summary) has no events, so it cannot be looped")
        }
        var last = first
        var events: [MarketEvent] = []
        while let time = try scout.nextTime() {
            last = time
            events.removeAll(keepingCapacity: true)
            try scout.appendNext(to: &events)
        }
        self.first = first
        let grid = Timeframe.fourHours.span.micros
        // The first moment of the next pass comes after the last of this one.
        period = Span(micros: ((last - first).micros / grid + 1) * grid)
        inner = try make()
    }

    var watches: [FeedCore.Watch] { inner.watches }
    var instruments: [Instrument] { inner.instruments }
    var fingerprint: String { inner.fingerprint + " looped" }
    var spacing: Span { inner.spacing }
    var summary: String { inner.summary + ", again and again" }
    private var shift: Span { period * pass }

    func history(lookBack: Int) throws(SourceError) -> [Candle] { try inner.history(lookBack: lookBack) }

    func nextTime() throws(SourceError) -> MarketTime? {
        if let time = try inner.nextTime() { return time + shift }
        inner = try make()
        pass += 1
        return try inner.nextTime().map { $0 + shift }
    }

    func appendNext(to events: inout [MarketEvent]) throws(SourceError) {
        guard try nextTime() != nil else { return }
        let old = events.count
        try inner.appendNext(to: &events)
        guard pass > 0 else { return }
        for index in old..<events.count { events[index] = events[index].later(by: shift) }
    }

    func checkpoint() -> String? { nil }

    func resume(after position: MarketTime, checkpoint: String?) throws(SourceError) -> [MarketEvent] {
        pass = max(0, (position - first).micros / period.micros)
        return try inner.resume(after: position - shift, checkpoint: checkpoint).map { $0.later(by: shift) }
    }
}

/// A source that ends at a moment.
final class LimitedSource: MarketSource {
    private let inner: any MarketSource
    /// The last moment whose events are delivered.
    private let end: MarketTime

    init(_ inner: any MarketSource, end: MarketTime) {
        self.inner = inner
        self.end = end
    }

    var watches: [FeedCore.Watch] { inner.watches }
    var instruments: [Instrument] { inner.instruments }
    var fingerprint: String { inner.fingerprint }
    var spacing: Span { inner.spacing }
    var summary: String { inner.summary + ", until \(end)" }

    func history(lookBack: Int) throws(SourceError) -> [Candle] { try inner.history(lookBack: lookBack) }
    func nextTime() throws(SourceError) -> MarketTime? { try inner.nextTime().flatMap { $0 <= end ? $0 : nil } }
    func appendNext(to events: inout [MarketEvent]) throws(SourceError) { try inner.appendNext(to: &events) }
    func checkpoint() -> String? { inner.checkpoint() }
    func resume(after position: MarketTime, checkpoint: String?) throws(SourceError) -> [MarketEvent] {
        try inner.resume(after: position, checkpoint: checkpoint)
    }
}
