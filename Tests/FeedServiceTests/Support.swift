import CandleFiles
import Foundation
import TradingModel
import Venues

@testable import FeedService

let bitcoin = Symbol("BTC/USDT")!
let ether = Symbol("ETH/USDT")!
/// 2025-01-01 00:00 UTC.
let newYear = MarketTime(micros: CivilTime.micros(year: 2025, month: 1, day: 1))
let morning = WallTime(micros: 1_000_000_000)

/// A directory that is gone after `body`.
func withDirectory<R>(_ body: (String) throws -> R) throws -> R {
    let path = makeDirectory()
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}

/// A new directory, ours alone.
func makeDirectory() -> String {
    var template = Array("/tmp/quartet-feed-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { preconditionFailure("no temporary directory") }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// Writes a text file and returns its path.
func write(_ text: String, _ name: String, in directory: String) throws -> String {
    let path = directory + "/" + name
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
}

/// A candle file of `count` candles of `timeframe` from `start`; a walk on a grid of 0.1.
func candleFile(
    _ count: Int, seed: UInt64 = 1, timeframe: Timeframe = .oneMinute, start: MarketTime = newYear,
    skipping: Set<Int> = []
) -> String {
    var generator = SeededGenerator(seed: seed)
    var lines = [CandleFile.header]
    var last = 1_000_000
    func text(_ tenths: Int) -> String { "\(tenths / 10).\(tenths % 10)" }
    for index in 0..<count {
        let open = last
        let path = (0..<3).map { _ in open + Int.random(in: -500...500, using: &generator) }
        last = path[2]
        let volume = Int.random(in: 0...9_999, using: &generator)
        guard !skipping.contains(index) else { continue }
        let time = (start.micros + Int64(index) * timeframe.span.micros) / 1_000
        lines.append(
            "\(time),\(text(open)),\(text(max(open, path.max()!))),\(text(min(open, path.min()!))),\(text(last)),\(text(volume))"
        )
    }
    return lines.joined(separator: "\n") + "\n"
}

extension MarketSource {
    /// All events that are left, each with the moment it was delivered at.
    func drain(limit: Int = .max) throws -> [(time: MarketTime, event: MarketEvent)] {
        var all: [(MarketTime, MarketEvent)] = []
        var events: [MarketEvent] = []
        while all.count < limit, let time = try nextTime() {
            events.removeAll()
            try appendNext(to: &events)
            all += events.map { (time, $0) }
        }
        return all
    }
}

extension [(time: MarketTime, event: MarketEvent)] {
    var candles: [Candle] { compactMap { if case .candle(let candle) = $0.event { candle } else { nil } } }
    var tickers: [Ticker] { compactMap { if case .ticker(let ticker) = $0.event { ticker } else { nil } } }
    var events: [MarketEvent] { map(\.event) }
}

/// The real candles beside the repository; `nil`, with the reason printed, where they are not there.
func sharedCandles(_ name: String) -> String? {
    let repository = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent()
    let path = repository.appendingPathComponent("../shared/data/candles/\(name).csv.gz").standardizedFileURL.path
    guard FileManager.default.isReadableFile(atPath: path) else {
        print("skipped: \(path) is not there")
        return nil
    }
    return path
}
