import FeedCore
import ServiceRuntime
import TradingModel
import Venues
import Wire

/// What others ask of feed.
extension FeedShell {
    /// The most candles an answer holds: 1,000 take about 350 KiB of the 1 MiB of a frame.
    private static let mostCandles = 1_000

    func serve(_ request: InboundRequest) {
        do throws(WireError) {
            switch request.kind {
            case FeedSnapshotRequest.kind: request.reply(snapshot())
            case CandlesRequest.kind: answer(try request.body(CandlesRequest.self), request)
            case Barrier.kind: answer(try request.body(Barrier.self), request)
            default: request.refuseUnknownKind()
            }
        } catch {
            request.refuse(error)
        }
    }

    private func snapshot() -> FeedSnapshot {
        var snapshot = FeedSnapshot()
        snapshot.instruments = source.instruments
        snapshot.tickers = core.tickers
        snapshot.timeframes = core.timeframes
        snapshot.clock = core.clock
        snapshot.sequences = bus.sequences(prefixes: ["ticker.", "candle.", "staleness.", "clock"])
        return snapshot
    }

    private func answer(_ query: CandlesRequest, _ request: InboundRequest) {
        guard (1...Self.mostCandles).contains(query.limit) else {
            return request.refuse(.malformed, "limit is \(query.limit), but must be 1 to \(Self.mostCandles)")
        }
        guard let candles = core.candles(query.symbol, query.timeframe, limit: query.limit) else {
            let timeframes = core.timeframes(of: query.symbol).map(\.rawValue).joined(separator: ", ")
            return request.refuse(
                .unavailable,
                timeframes.isEmpty
                    ? "feed does not watch \(query.symbol): it has \(source.watches.map(\.symbol.name).joined(separator: ", "))"
                    : "feed builds no \(query.timeframe) candles of \(query.symbol), only \(timeframes)")
        }
        var reply = Candles()
        reply.symbol = query.symbol
        reply.timeframe = query.timeframe
        reply.sequence = bus.sequence(of: .candle(query.symbol, query.timeframe))
        reply.candles = candles
        request.reply(reply)
    }

    private func answer(_ barrier: Barrier, _ request: InboundRequest) {
        if let refusal = refusal(of: barrier) { return request.refuse(refusal.code, refusal.sentence) }
        request.reply(Acknowledgement())
        // A repeat of an earlier step changes nothing.
        if barrier.step == lockStep?.step { advance(isAttentive: barrier.isAttentive) }
    }
}
