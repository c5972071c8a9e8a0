import Glibc
import Logging
import Messaging
import ServiceRuntime
import Wire

/// What a part of the benchmark works with: the loop, the directory of the sockets, a configuration.
struct Desk {
    let loop: EventLoop
    let directory: String

    func context(_ name: ServiceName) -> ServiceContext {
        var settings = Settings()
        settings.runDirectory = directory
        return ServiceContext(name: name, settings: settings, loop: loop, log: Logger(label: name.rawValue))
    }
}

@main
enum Bench {
    static func main() async throws {
        let words = CommandLine.arguments
        guard words.count >= 3 else {
            fail("usage: quartet-bench-zmq sizes|reqrep-raw|reqrep-bus|pubsub-raw|pubsub-bus DIRECTORY [COUNT [REQUEST_BYTES REPLY_BYTES]]")
        }
        let desk = Desk(loop: try EventLoop(name: "bench"), directory: words[2])
        let count = words.count > 3 ? Int(words[3]) ?? 0 : 0
        let sizes = (request: words.count > 5 ? Int(words[4]) ?? 200 : 200, reply: words.count > 5 ? Int(words[5]) ?? 200 : 200)
        switch words[1] {
        case "sizes":
            try printSizes()
            exit(0)
        case "serve-raw": try desk.loop.run { try RequestReply.serveRaw(desk, replyBytes: sizes.reply) }
        case "serve-bus": try desk.loop.run { try RequestReply.serveBus(desk) }
        case "publish-raw": try desk.loop.run { try PublishSubscribe.publish(desk, isRaw: true) }
        case "publish-bus": try desk.loop.run { try PublishSubscribe.publish(desk, isRaw: false) }
        case "reqrep-raw":
            return try await measure("serve-raw", words, desk) {
                try RequestReply.askRaw(desk, requestBytes: sizes.request, count: count, $0)
            }
        case "reqrep-bus": return try await measure("serve-bus", words, desk) { try RequestReply.askBus(desk, count: count, $0) }
        case "pubsub-raw":
            return try await measure("publish-raw", words, desk) { try PublishSubscribe.subscribe(desk, isRaw: true, count: count, $0) }
        case "pubsub-bus":
            return try await measure("publish-bus", words, desk) { try PublishSubscribe.subscribe(desk, isRaw: false, count: count, $0) }
        default: fail("\(words[1]) is not a part of this benchmark")
        }
        await desk.loop.stopped()
    }

    /// Runs one part here and its counterpart in another process.
    private static func measure(
        _ counterpart: String, _ words: [String], _ desk: Desk, _ part: (@escaping () -> Void) throws -> Void
    ) async throws {
        let child = Child([counterpart] + words[2...])
        let loop = desk.loop
        try loop.run { try part { loop.stop() } }
        await loop.stopped()
        child.end()
        let count = Double(words.count > 3 ? Int(words[3]) ?? 1 : 1)
        print("\(words[1]) cpu=\(Int((cpuSeconds(RUSAGE_SELF) + cpuSeconds(RUSAGE_CHILDREN)) / count * 1e9))")
    }

    /// Bytes of a request, a reply, a topic and a ticker, for the floors.
    private static func printSizes() throws {
        var envelope = Envelope()
        envelope.source = "risk"
        envelope.session = "0123456789abc"
        envelope.at = .now
        let ticker = try WireMessage.encode(envelope, Samples.ticker(0)).count
        envelope.id = "bench-0123456789abc-12345"
        let reply = try WireMessage.encode(envelope, Samples.report(Samples.request("bench"))).count
        envelope.expiresAt = .now
        let request = try WireMessage.encode(envelope, Samples.request("bench")).count
        print("\(request) \(reply) \(Topic.ticker(Samples.symbol).name.utf8.count) \(ticker)")
    }
}
