import Glibc
import TradingModel
import Wire

// Encodes and decodes one real ticker frame and prints `name<TAB>nanoseconds` a line, best and median of some rounds.
//
//   quartet-bench-json --frame FILE   writes the frame's JSON text for the other programs
//   quartet-bench-json [ROUNDS [PREFIX]]   measures, or only what begins so

func processorNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

func sampleTicker() throws -> Ticker {
    Ticker(
        symbol: Symbol("BTC/USDT") ?? .none, venue: VenueID("binance"), bid: try .parse("98123.45"),
        bidQuantity: try .parse("1.23456"), ask: try .parse("98123.46"), askQuantity: try .parse("0.85213"),
        last: try .parse("98123.45"), eventTime: MarketTime(micros: 1_747_699_200_123_456),
        receivedTime: WallTime(micros: 1_747_699_200_124_001))
}

func sampleEnvelope() -> Envelope {
    var envelope = Envelope()
    envelope.source = "feed"
    envelope.session = "0f3k9x2m7q4ab"
    envelope.sequence = 123_456
    envelope.at = WallTime(micros: 1_747_699_200_124_119)
    return envelope
}

func measure(_ name: String, rounds: Int, repetitions: Int = 200_000, _ body: () throws -> Int) rethrows {
    guard name.hasPrefix(wanted) else { return }
    var checksum = 0
    for _ in 0..<repetitions / 4 { checksum &+= try body() }
    var results: [Double] = []
    for _ in 0..<rounds {
        let start = processorNanoseconds()
        for _ in 0..<repetitions { checksum &+= try body() }
        results.append(Double(processorNanoseconds() - start) / Double(repetitions))
    }
    results.sort()
    print("\(name)\t\(results[0])\t\(results[results.count / 2])\t\(checksum == 0 ? "?" : "")")
}

let arguments = CommandLine.arguments
let wanted = arguments.count > 2 ? arguments[2] : ""
let envelope = sampleEnvelope()
let ticker = try sampleTicker()
let frame = try WireMessage.encode(envelope, ticker)

if arguments.count == 3, arguments[1] == "--frame" {
    guard let file = fopen(arguments[2], "w") else { fatalError("cannot write \(arguments[2])") }
    _ = frame.withUnsafeBytes {
        fwrite($0.baseAddress! + WireProtocol.headerBytes, 1, frame.count - WireProtocol.headerBytes, file)
    }
    fclose(file)
} else {
    let rounds = arguments.count > 1 ? Int(arguments[1]) ?? 9 : 9
    try frame.withUnsafeBytes { bytes in
        try measure("swift.decode.message", rounds: rounds) {
            let (envelope, range) = try WireMessage.decodeEnvelope(bytes)
            let ticker = try WireMessage.decodeBody(Ticker.self, of: bytes, range)
            return envelope.sequence &+ Int(truncatingIfNeeded: ticker.bid.raw)
        }
        try measure("swift.decode.envelope", rounds: rounds) {
            try WireMessage.decodeEnvelope(bytes).envelope.sequence
        }
        let range = try WireMessage.decodeEnvelope(bytes).body
        try measure("swift.decode.body", rounds: rounds) {
            Int(truncatingIfNeeded: try WireMessage.decodeBody(Ticker.self, of: bytes, range).bid.raw)
        }
    }
    try measure("swift.encode.withFrame", rounds: rounds) { try WireMessage.withFrame(envelope, ticker) { $0.count } }
    var buffer: [UInt8] = []
    try measure("swift.encode.buffer", rounds: rounds) {
        try WireMessage.encode(envelope, ticker, into: &buffer)
        return buffer.count
    }
}
