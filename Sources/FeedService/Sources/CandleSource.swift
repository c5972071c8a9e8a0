import CandleFiles
import FeedCore
import TradingModel
import Venues

/// Candle files of one or more symbols, played in order of market time; each candle becomes four tickers and itself.
final class CandleSource: MarketSource {
    struct Track: Hashable, Sendable {
        let symbol: Symbol
        let path: String
    }

    let watches: [FeedCore.Watch]
    let instruments: [Instrument]
    private let tracks: [Track]
    private let path: IntrabarTickers.Path
    /// Candles that close by then are history.
    private let start: MarketTime?
    private var players: [TrackPlayer]

    init(tracks: [Track], path: IntrabarTickers.Path, start: MarketTime?) throws(SourceError) {
        self.tracks = tracks
        self.path = path
        self.start = start
        var (watches, instruments): ([FeedCore.Watch], [Instrument]) = ([], [])
        for track in tracks {
            let survey = try CandleFileSurvey(path: track.path, symbol: track.symbol)
            watches.append(FeedCore.Watch(symbol: track.symbol, venue: .recording, sourceTimeframe: survey.timeframe))
            instruments.append(
                InferredInstrument.make(
                    track.symbol, venue: .recording, priceStep: survey.priceStep, volumeStep: survey.volumeStep))
        }
        (self.watches, self.instruments) = (watches, instruments)
        players = []
        if let start { _ = try resume(after: start, checkpoint: nil) } else { try rewind(after: nil) }
    }

    var spacing: Span { Span(micros: (watches.map(\.sourceTimeframe.span.micros).max() ?? 0) / 3) }
    var fingerprint: String {
        let files = tracks.map { "\($0.symbol)=\($0.path)" }.joined(separator: ",")
        return "recording intrabar=\(path.rawValue) start=\(start?.description ?? "") files=\(files)"
    }
    var summary: String {
        zip(tracks, watches).map { "\($0.symbol) in \($1.sourceTimeframe) candles from \($0.path)" }.joined(
            separator: ", ")
    }

    /// What the files hold from before the start, in all timeframes.
    func history(lookBack: Int) throws(SourceError) -> [Candle] {
        guard let start else { return [] }
        var settings = FeedCore.Settings(watches: watches)
        settings.lookBack = lookBack
        var core = FeedCore(settings: settings, startedAt: .distantPast)
        var directives: [FeedCore.Directive] = []
        for (track, watch) in zip(tracks, watches) {
            let file = try CandleFile(path: track.path, symbol: track.symbol, timeframe: watch.sourceTimeframe)
            while let candle = try file.next(), candle.closeTime <= start {
                core.handle(.candle(candle), at: .distantPast, into: &directives)
                directives.removeAll(keepingCapacity: true)
            }
        }
        return watches.flatMap { watch in
            core.timeframes(of: watch.symbol).flatMap { core.candles(watch.symbol, $0, limit: lookBack) ?? [] }
        }.map { candle in
            var candle = candle
            candle.isBackfill = true
            return candle
        }
    }

    func nextTime() throws(SourceError) -> MarketTime? {
        var earliest: MarketTime?
        for player in players {
            guard let time = try player.nextTime() else { continue }
            earliest = min(earliest ?? time, time)
        }
        return earliest
    }

    func appendNext(to events: inout [MarketEvent]) throws(SourceError) {
        guard let time = try nextTime() else { return }
        for player in players {
            while try player.nextTime() == time { try player.appendNext(to: &events) }
        }
    }

    func checkpoint() -> String? { nil }

    func resume(after position: MarketTime, checkpoint: String?) throws(SourceError) -> [MarketEvent] {
        try rewind(after: position)
        var skipped: [MarketEvent] = []
        while let time = try nextTime(), time <= position { try appendNext(to: &skipped) }
        return skipped.filter(\.isTicker)
    }

    private func rewind(after position: MarketTime?) throws(SourceError) {
        players = []
        for index in tracks.indices {
            let file = try CandleFile(
                path: tracks[index].path, symbol: tracks[index].symbol, timeframe: watches[index].sourceTimeframe)
            players.append(try TrackPlayer(file: file, instrument: instruments[index], path: path, after: position))
        }
    }
}

/// One file under way.
private final class TrackPlayer {
    private let file: CandleFile
    private let instrument: Instrument
    private let tickers: IntrabarTickers
    private var events: [MarketEvent] = []
    private var next = 0
    /// Nothing is delivered at an earlier moment than what was before.
    private var time: MarketTime = .distantPast
    private var newestClose: MarketTime = .distantPast

    /// Plays from the candle that closes after `position`.
    init(
        file: CandleFile, instrument: Instrument, path: IntrabarTickers.Path, after position: MarketTime?
    ) throws(SourceError) {
        self.file = file
        self.instrument = instrument
        tickers = IntrabarTickers(path: path)
        guard let position else { return }
        let length = file.timeframe.span
        let skipped = try file.skip { $0 + length <= position }
        if let last = skipped.last { newestClose = last + length }
        time = newestClose
        if let candle = skipped.stopped { load(candle) }
    }

    func nextTime() throws(SourceError) -> MarketTime? {
        if next == events.count {
            guard let candle = try file.next() else { return nil }
            load(candle)
        }
        return max(time, events[next].time)
    }

    func appendNext(to events: inout [MarketEvent]) throws(SourceError) {
        guard let now = try nextTime() else { return }
        time = now
        events.append(self.events[next])
        next += 1
    }

    private func load(_ candle: Candle) {
        events.removeAll(keepingCapacity: true)
        next = 0
        // A row that repeats or goes back, or that is no candle at all, has no prices to trade on: the core shall
        // judge it.
        if candle.openTime >= newestClose, MarketDataCheck.fault(of: candle) == nil {
            tickers.append(candle, instrument: instrument, into: &events)
            newestClose = candle.closeTime
        }
        events.append(.candle(candle))
    }
}
