import CandleFiles
import FeedCore
import TradingModel
import Venues

/// The seeded simulated market as a source. It never ends.
final class SimulatedSource: MarketSource {
    private let settings: SimulatedMarket.Settings
    private var market: SimulatedMarket

    init(_ settings: SimulatedMarket.Settings) throws(SourceError) {
        if let fault = settings.fault { throw SourceError(.unusable, fault) }
        self.settings = settings
        market = SimulatedMarket(settings)
    }

    var watches: [FeedCore.Watch] {
        settings.symbols.map { FeedCore.Watch(symbol: $0, venue: .simulated, sourceTimeframe: .oneMinute) }
    }
    var instruments: [Instrument] { market.instruments }
    var spacing: Span { settings.tickerInterval }
    var fingerprint: String {
        "simulated seed=\(settings.seed) start=\(settings.start) interval=\(settings.tickerInterval) symbols=" + names
    }
    var summary: String { "the simulated market of seed \(settings.seed) from \(settings.start): \(names)" }
    private var names: String { settings.symbols.map(\.name).joined(separator: ",") }

    func history(lookBack: Int) throws(SourceError) -> [Candle] {
        SimulatedMarket.history(settings, lookBack: lookBack)
    }
    func nextTime() throws(SourceError) -> MarketTime? { market.nextTime }
    func appendNext(to events: inout [MarketEvent]) throws(SourceError) { market.appendNextEvents(to: &events) }

    /// The state at a minute's beginning, or just before its candles close; inside a minute the last one does.
    func checkpoint() -> String? { market.isAtMinuteBoundary || market.isMinuteComplete ? market.saved() : nil }

    func resume(after position: MarketTime, checkpoint: String?) throws(SourceError) -> [MarketEvent] {
        if let checkpoint {
            do throws(SavedMarketError) {
                market = try SimulatedMarket(settings, saved: checkpoint)
            } catch {
                throw SourceError(.unusable, error.description)
            }
        }
        var skipped: [MarketEvent] = []
        while market.nextTime <= position {
            // Hours may lie between where no checkpoint was kept: only the last prices matter.
            if skipped.count > 10_000 { skipped.removeAll(keepingCapacity: true) }
            market.appendNextEvents(to: &skipped)
        }
        return skipped.filter(\.isTicker)
    }
}
