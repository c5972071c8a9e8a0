import CandleFiles
import FeedCore
import ServiceRuntime
import TradingModel
import Venues

/// Makes the source that the configuration asks for.
enum SourceFactory {
    /// The first moment of the simulated market where none is configured.
    static let simulatedStart = MarketTime(micros: CivilTime.micros(year: 2025, month: 1, day: 1))

    static func make(_ settings: Settings) throws(SourceError) -> any MarketSource {
        if settings.feed.source == .live { return LiveSource(settings) }
        let start = CivilTime.parse(settings.feed.start).map(MarketTime.init(micros:))
        let source = try base(settings, start: start)
        guard settings.feed.durationMinutes > 0 else { return source }
        let begin = if let start { Optional(start) } else { try source.nextTime() }
        guard let first = begin else { return source }
        return LimitedSource(source, end: first + .minutes(Int64(settings.feed.durationMinutes)))
    }

    /// Symbols of the configuration that the source does not deliver.
    static func missing(_ settings: Settings, in source: any MarketSource) -> [Symbol] {
        let delivered = Set(source.watches.map(\.symbol))
        return settings.symbols.filter { !delivered.contains($0) }
    }

    private static func base(_ settings: Settings, start: MarketTime?) throws(SourceError) -> any MarketSource {
        let feed = settings.feed
        switch feed.source {
        case .simulated:
            var market = SimulatedMarket.Settings(symbols: settings.symbols, start: start ?? simulatedStart)
            market.seed = feed.seed
            market.tickerInterval = .milliseconds(Int64(feed.tickerIntervalMillis))
            return try SimulatedSource(market)
        case .live:
            return LiveSource(settings)
        case .recording:
            // In the order of the symbols, so that the same configuration is the same stream.
            let tracks = settings.symbols.compactMap { symbol in
                feed.files[symbol.name].map { CandleSource.Track(symbol: symbol, path: $0) }
            }
            return try looped(feed) { () throws(SourceError) in
                try CandleSource(tracks: tracks, path: path(feed.intrabar), start: start)
            }
        case .busRecording:
            return try looped(feed) { () throws(SourceError) in
                try BusRecordingSource(path: feed.recording, symbols: settings.symbols, start: start)
            }
        }
    }

    private static func looped(
        _ feed: FeedSettings, _ make: @escaping () throws(SourceError) -> any MarketSource
    ) throws(SourceError) -> any MarketSource {
        switch feed.atEnd {
        case .finish: try make()
        case .loop: try LoopedSource(make)
        }
    }

    private static func path(_ setting: IntrabarPath) -> IntrabarTickers.Path {
        switch setting {
        case .openHighLowClose: .highFirst
        case .openLowHighClose: .lowFirst
        case .nearestExtremeFirst: .nearestFirst
        }
    }
}
