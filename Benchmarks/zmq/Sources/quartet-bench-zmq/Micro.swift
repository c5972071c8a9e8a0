import Messaging
import ServiceRuntime
import TradingModel
import Wire

enum Micro {
    static func time(_ name: String, _ body: () -> Void) {
        var best = Int64.max
        for _ in 0..<7 {
            let s = MonotonicClock.nanos
            for _ in 0..<200_000 { body() }
            best = min(best, MonotonicClock.nanos - s)
        }
        print(name, best / 200_000, "ns")
    }
    static func run() throws {
        var envelope = Envelope()
        envelope.source = "feed"; envelope.session = "0123456789abc"; envelope.sequence = 123456; envelope.at = .now
        let ticker = Samples.ticker(0)
        var sink = 0
        time("clock") { sink &+= Int(WallTime.now.micros) }
        time("encode ticker") { try? WireMessage.writeFrame(envelope, ticker) { sink &+= $0.count } }
        let bytes = try WireMessage.encode(envelope, ticker)
        bytes.withUnsafeBytes { b in
            time("decode envelope") { if let (e, r) = try? WireMessage.decodeEnvelope(b) { sink &+= r.count &+ e.sequence } }
            guard let (_, r) = try? WireMessage.decodeEnvelope(b) else { return }
            time("decode body") { if let t = try? WireMessage.decodeBody(Ticker.self, of: b, r) { sink &+= Int(t.eventTime.micros) } }
        }
        let q = Samples.request("bench")
        envelope.id = "bench-0123456789abc-12345"; envelope.expiresAt = .now
        time("encode request") { try? WireMessage.writeFrame(envelope, q) { sink &+= $0.count } }
        let p = Samples.report(q)
        time("encode report") { try? WireMessage.writeFrame(envelope, p) { sink &+= $0.count } }
        let qb = try WireMessage.encode(envelope, q), pb = try WireMessage.encode(envelope, p)
        qb.withUnsafeBytes { b in
            time("decode request env") { if let (e, r) = try? WireMessage.decodeEnvelope(b) { sink &+= r.count &+ e.sequence } }
            guard let (_, r) = try? WireMessage.decodeEnvelope(b) else { return }
            time("decode request body") { if let t = try? WireMessage.decodeBody(OrderRequest.self, of: b, r) { sink &+= Int(t.decidedAt.micros) } }
        }
        pb.withUnsafeBytes { b in
            time("decode report env") { if let (e, r) = try? WireMessage.decodeEnvelope(b) { sink &+= r.count &+ e.sequence } }
            guard let (_, r) = try? WireMessage.decodeEnvelope(b) else { return }
            time("decode report body") { if let t = try? WireMessage.decodeBody(OrderReport.self, of: b, r) { sink &+= t.fills.count } }
        }
        print(sink)
    }
}
