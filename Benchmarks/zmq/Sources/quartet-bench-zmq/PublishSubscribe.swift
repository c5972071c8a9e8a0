import Glibc
import Messaging
import ServiceRuntime
import TradingModel
import Wire

/// Tickers from one process to another, as many a second as go through without a loss.
///
/// *bus*: the publisher encodes each ticker, the subscriber reads each envelope and body and checks every number. *raw*: the
/// same bytes, encoded once, over Messaging alone. The subscriber grants credit with requests, so that no queue overflows;
/// the floor waits in `zmq_send` instead.
enum PublishSubscribe {
    /// Messages a request grants, and grants under way: together less than the subscriber's queue at the publisher.
    static let batch = 1_000
    static let grants = 4

    static func publish(_ desk: Desk, isRaw: Bool) throws {
        let bus = try ServiceBus(context: desk.context(.feed))
        let topic = Topic.ticker(Samples.symbol)
        let ticker = Samples.ticker(0)
        let raw = isRaw ? try RawPublisher(desk, topic, ticker) : nil
        bus.serve { request in
            for _ in 0..<batch {
                if let raw { raw.send() } else { bus.publish(ticker, on: topic) }
            }
            request.reply(Acknowledgement())
        }
    }

    static func subscribe(_ desk: Desk, isRaw: Bool, count: Int, _ done: @escaping () -> Void) throws {
        let bus = try ServiceBus(context: desk.context(.strategy), serves: false)
        var (received, start, asked): (Int, Int64, Int) = (0, 0, 0)
        func ask() {
            asked += batch
            bus.request(Acknowledgement(), to: .feed, id: bus.newRequestID(), timeToLive: .seconds(5)) { outcome in
                if case .refused(let refusal) = outcome { fail("credit was not granted: \(refusal.sentence)") }
            }
        }
        func take() {
            received += 1
            if received == 1 { start = MonotonicClock.nanos }
            if received % batch == 0, asked < count { ask() }
            guard received == count else { return }
            let seconds = Double(MonotonicClock.nanos - start) / 1e9
            print("pubsub-\(isRaw ? "raw" : "bus") rate=\(Int(Double(count) / seconds))")
            done()
        }
        if isRaw {
            _ = try Subscriber(loop: desk.loop, endpoint: .ipc(directory: desk.directory, name: "raw.pub"), prefixes: ["ticker."]) { _, frame in
                if frame.count < 100 { fail("a frame was too short") }
                take()
            }
            // Until the publisher knows the subscription its first messages would be lost.
            desk.loop.after(micros: 300_000) { for _ in 0..<grants { ask() } }
        } else {
            bus.subscribe(to: .feed, topics: ["ticker."], onGap: { fail("the subscriber lost messages: \($0)") }) { message in
                guard let ticker = try? message.body(Ticker.self), ticker.symbol == Samples.symbol else { fail("a ticker was malformed") }
                take()
            }
            for _ in 0..<grants { ask() }
        }
    }
}

/// Publishes one message again and again, without encoding it anew.
private final class RawPublisher {
    private let publisher: Publisher
    private let topic: [UInt8]
    private let frame: [UInt8]

    init(_ desk: Desk, _ topic: Topic, _ ticker: Ticker) throws {
        publisher = try Publisher(loop: desk.loop, endpoint: .ipc(directory: desk.directory, name: "raw.pub"))
        self.topic = Array(topic.name.utf8)
        var envelope = Envelope()
        envelope.source = "feed"
        envelope.session = "0123456789abc"
        envelope.at = .now
        frame = try WireMessage.encode(envelope, ticker)
    }

    func send() { topic.withUnsafeBytes { topic in frame.withUnsafeBytes { publisher.send(topic: topic, frame: $0) } } }
}
