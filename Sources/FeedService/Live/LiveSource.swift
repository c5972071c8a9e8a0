import CandleFiles
import FeedCore
import ServiceRuntime
import TradingModel
import Venues

/// Exchanges as a source. Their events come when they happen, over ``LiveLinks``; nothing is taken up again from before.
final class LiveSource: MarketSource {
    /// One exchange and its symbols.
    struct Venue {
        let name: VenueName
        let settings: VenueSettings
        let symbols: [Symbol]
    }

    let venues: [Venue]
    /// Rules as far as they are known, by symbol: from the store at first, then from the exchanges.
    var rules: [Symbol: Instrument] = [:]
    private let symbols: [Symbol]
    private let venueOf: [Symbol: VenueName]
    private let seed: UInt64

    init(_ settings: Settings) {
        symbols = settings.symbols
        seed = settings.feed.seed
        venueOf = Dictionary(uniqueKeysWithValues: settings.symbols.map { ($0, settings.feed.venue(of: $0)) })
        let byVenue = Dictionary(grouping: settings.symbols) { settings.feed.venue(of: $0) }
        venues = byVenue.sorted { $0.key < $1.key }.map {
            Venue(name: $0.key, settings: settings.venues[$0.key], symbols: $0.value)
        }
    }

    var watches: [FeedCore.Watch] {
        symbols.map {
            FeedCore.Watch(symbol: $0, venue: (venueOf[$0] ?? .binance).id, sourceTimeframe: .oneMinute)
        }
    }
    var instruments: [Instrument] { symbols.compactMap { rules[$0] } }
    var spacing: Span { .seconds(2) }

    /// Another exchange in the place of a real one is another market; other symbols of the same exchanges are not.
    var fingerprint: String {
        let standard = VenuesSettings()
        let boxes = venues.filter { $0.settings.restURL != standard[$0.name].restURL }.map {
            "\($0.name.rawValue)=\(LiveSource.place($0.settings.restURL, seed: seed))"
        }
        return boxes.isEmpty ? "live" : "live " + boxes.joined(separator: " ")
    }
    /// An exchange on this machine is told apart by the seed of its market, not by the port it has this time.
    private static func place(_ address: String, seed: UInt64) -> String {
        let local = ["http://127.0.0.1", "http://localhost", "http://[::1]"].first {
            address == $0 || address.hasPrefix($0 + ":")
        }
        return local == nil ? address : "box seed=\(seed)"
    }

    var summary: String {
        venues.map {
            "\($0.symbols.map(\.name).joined(separator: ",")) of \($0.name.rawValue) at \($0.settings.restURL)"
        }
        .joined(separator: "; ")
    }

    func history(lookBack: Int) throws(SourceError) -> [Candle] { [] }
    func nextTime() throws(SourceError) -> MarketTime? { nil }
    func appendNext(to events: inout [MarketEvent]) throws(SourceError) {}
    func checkpoint() -> String? { nil }
    func resume(after position: MarketTime, checkpoint: String?) throws(SourceError) -> [MarketEvent] { [] }
}

extension VenueName {
    /// The language it speaks, and which of the markets is meant.
    var dialect: (VenueDialect, MarketCategory) {
        switch self {
        case .binance: (.binance, .spot)
        case .binanceUSDM: (.binanceUSDM, .linear)
        case .bybit: (.bybit, .spot)
        case .bybitLinear: (.bybit, .linear)
        case .mexc: (.mexc, .spot)
        }
    }
}
