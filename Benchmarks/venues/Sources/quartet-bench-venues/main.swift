import Glibc
import TradingModel
import Venues
import Wire

// Reads an exchange's stream messages from a file, one a line, and turns each into what feed publishes: bytes → facts →
// ticker → frame, or a change of a book that is whole. The file is gone through again and again until a round has about
// 100,000 messages; each pass begins with empty books and a snapshot. Prints name, `quartet`, messages a second, p50 ns, p99 ns, messages, and frames and
// book changes that came of them.
//
//   quartet-bench-venues NAME DIALECT FILE ROUNDS SYMBOL…

func nanoseconds(_ clock: clockid_t) -> UInt64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

func lines(_ path: String) -> [[UInt8]] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = fread(&chunk, 1, chunk.count, file)
        if count == 0 { break }
        bytes += chunk[..<count]
    }
    return bytes.split(separator: 10).map(Array.init)
}

struct Publisher {
    var desk: MarketDesk
    var envelope = Envelope()
    var outputs: [MarketDesk.Output] = []
    var frames = 0
    var applied = 0
    var checksum = 0

    init(_ dialect: VenueDialect, _ symbols: [String]) {
        desk = MarketDesk(
            dialect, venue: VenueID("exchange"),
            symbols: symbols.compactMap { name in Symbol(name + "/X").map { (name, $0) } })
        envelope.source = "feed"
        envelope.session = "0f3k9x2m7q4ab"
    }

    mutating func take(_ bytes: UnsafeRawBufferPointer, at now: WallTime) throws {
        outputs.removeAll(keepingCapacity: true)
        try desk.read(bytes, at: now, into: &outputs)
        for output in outputs {
            switch output {
            case .ticker(let ticker):
                envelope.sequence += 1
                envelope.at = now
                checksum &+= try WireMessage.withFrame(envelope, ticker) { $0.count }
                frames += 1
            case .candle(let candle):
                checksum &+= try WireMessage.withFrame(envelope, candle) { $0.count }
                frames += 1
            case .book(_, .applied): applied += 1
            case .book, .other: checksum &+= 1
            }
        }
    }
}

let arguments = CommandLine.arguments
guard arguments.count > 5, let dialect = VenueDialect(rawValue: arguments[2]), let rounds = Int(arguments[4]) else {
    print("usage: quartet-bench-venues NAME DIALECT FILE ROUNDS SYMBOL...")
    exit(2)
}
let messages = lines(arguments[3])
let symbols = Array(arguments[5...])
let passes = max(1, 100_000 / max(1, messages.count))

/// The snapshots that Binance's changes need: each as if taken just before the first change of its symbol.
let snapshots: [BookUpdate] = {
    var snapshots: [String: BookUpdate] = [:]
    guard dialect != .bybit else { return [] }
    for message in messages {
        guard let fact = try? message.withUnsafeBytes({ try BinanceStreamReader.read($0) }),
            case .book(let update) = fact,
            snapshots[update.venueSymbol] == nil
        else { continue }
        var snapshot = BookUpdate()
        snapshot.venueSymbol = update.venueSymbol
        snapshot.isSnapshot = true
        snapshot.lastID = update.firstID
        snapshots[update.venueSymbol] = snapshot
    }
    return Array(snapshots.values)
}()

func freshPublisher() -> Publisher {
    var publisher = Publisher(dialect, symbols)
    for snapshot in snapshots {
        if let symbol = Symbol(snapshot.venueSymbol + "/X") { _ = publisher.desk.load(snapshot, symbol: symbol) }
    }
    return publisher
}

let now = WallTime(micros: 1_747_699_200_124_119)
var best = Double.infinity
var (frames, applied) = (0, 0)
for _ in 0..<rounds {
    (frames, applied) = (0, 0)
    var spent: UInt64 = 0
    for _ in 0..<passes {
        var publisher = freshPublisher()
        let start = nanoseconds(CLOCK_PROCESS_CPUTIME_ID)
        for message in messages { try message.withUnsafeBytes { try publisher.take($0, at: now) } }
        spent += nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - start
        frames += publisher.frames
        applied += publisher.applied
    }
    best = min(best, Double(spent) / Double(messages.count * passes))
}
// Each message for itself, the clock's own cost included; processor time, so that a neighbour does not show.
var times: [UInt64] = []
for _ in 0..<max(1, passes / 5) {
    var publisher = freshPublisher()
    for message in messages {
        let start = nanoseconds(CLOCK_THREAD_CPUTIME_ID)
        try message.withUnsafeBytes { try publisher.take($0, at: now) }
        times.append(nanoseconds(CLOCK_THREAD_CPUTIME_ID) - start)
    }
}
times.sort()
let total = messages.count * passes
print(
    "\(arguments[1])\tquartet\t\(Int(1e9 / best))\t\(times[times.count / 2])\t\(times[times.count * 99 / 100])\t\(total)\t\(frames + applied)"
)
