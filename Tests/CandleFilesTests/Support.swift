import CandleFiles
import Foundation
import TradingModel

let bitcoin = Symbol("BTC/USDT")!
/// 2025-01-01 00:00 UTC.
let newYear = MarketTime(micros: CivilTime.micros(year: 2025, month: 1, day: 1))

/// A directory that is gone after `body`.
func withDirectory<R>(_ body: (String) throws -> R) throws -> R {
    var template = Array("/tmp/quartet-candles-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { preconditionFailure("no temporary directory") }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}

/// Writes a text file and returns its path.
func write(_ text: String, _ name: String, in directory: String) throws -> String {
    let path = directory + "/" + name
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
}

/// A candle file of `count` candles of `timeframe` from new year on; prices on a grid of 0.1.
func candleFile(_ count: Int, timeframe: Timeframe = .oneMinute, skipping: Set<Int> = []) -> String {
    var lines = [CandleFile.header]
    for index in 0..<count where !skipping.contains(index) {
        let time = (newYear.micros + Int64(index) * timeframe.span.micros) / 1_000
        let open = 100_000 + index * 7_919 % 911
        let close = 100_000 + (index + 1) * 7_919 % 911
        let prices = [open, max(open, close) + 3, min(open, close) - 4, close].map { "\($0 / 10).\($0 % 10)" }
        lines.append("\(time),\(prices.joined(separator: ",")),\(index % 13).\(index % 10)")
    }
    return lines.joined(separator: "\n") + "\n"
}

/// All candles of a file.
func candles(_ path: String) throws -> [Candle] {
    let file = try CandleFile(path: path, symbol: bitcoin, timeframe: .oneMinute)
    var candles: [Candle] = []
    while let candle = try file.next() { candles.append(candle) }
    return candles
}
