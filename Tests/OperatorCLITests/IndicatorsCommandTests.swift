import CandleFiles
import Foundation
import Testing
import TradingModel

@testable import OperatorCLI

@Suite("quartet indicators")
struct IndicatorsCommandTests {
    /// `../shared/golden` beside the repository; `nil`, with the reason printed, where it is not there.
    private static let golden: String? = {
        let repository = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let path = repository.appendingPathComponent("../shared/golden").standardizedFileURL.path
        guard FileManager.default.isReadableFile(atPath: path + "/README.md") else {
            print("skipped: \(path) is not there")
            return nil
        }
        return path
    }()

    private func lines(_ path: String, _ limit: Int = .max) throws -> [[Substring]] {
        let reader = try LineReader(path: path)
        var rows: [[Substring]] = []
        while rows.count < limit,
            let row = try reader.next({
                String(decoding: $0, as: UTF8.self).split(separator: ",", omittingEmptySubsequences: false)
            })
        { rows.append(row) }
        return rows
    }

    @Test(
        "The table of every golden file begins with its columns in its order, its conditions and, to the digit, its candles",
        arguments: ["BTCUSDT-5m", "SHIBUSDT-5m", "ETHUSDT-1h", "BTCUSDT-4h"])
    func goldenFile(name: String) async throws {
        guard let golden = Self.golden else { return }
        let path = "\(golden)/\(name).csv.gz"
        let directory = NSTemporaryDirectory() + "/quartet-indicators-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let out = directory + "/table.csv" + (name.hasPrefix("SHIB") ? ".gz" : "")
        #expect(await Entry.run(["indicators", path, "--rows", "1500", "--out", out]) == 0)
        let (theirs, ours) = (Array(try lines(path, 1_501)), try lines(out))
        #expect(ours.count == theirs.count)
        let kept = theirs[0].indices.filter { !theirs[0][$0].hasSuffix("_tie") }
        #expect(ours[0] == kept.map { theirs[0][$0] })
        let ties = Dictionary(
            uniqueKeysWithValues: theirs[0].indices.filter { theirs[0][$0].hasSuffix("_tie") }
                .map { (theirs[0][$0].dropLast(4), $0) })
        let tieOf = kept.map { column in ties.first { theirs[0][column].hasPrefix($0.key + "_") }?.value }
        var faults: [String] = []
        for row in 1..<min(ours.count, theirs.count) {
            for (index, column) in kept.enumerated() where !matches(ours[row][index], theirs[row][column], index) {
                if let tie = tieOf[index], theirs[row][tie] == "1" { continue }
                faults.append(
                    "\(ours[0][index]) in line \(row + 1): \(ours[row][index]), golden \(theirs[row][column])")
            }
        }
        #expect(faults.isEmpty, "\(faults.count), such as \(faults.prefix(5))")
    }

    /// Texts that are equal, or numbers of which every figure that is seen is: tolerances column by column are held
    /// where the table is made.
    private func matches(_ ours: Substring, _ golden: Substring, _ index: Int) -> Bool {
        if ours == golden { return true }
        guard index > 5, let a = Double(ours), let b = Double(golden), !ours.isEmpty, ours != "0", ours != "1" else {
            return index <= 5 && Double(ours) == Double(golden)
        }
        return abs(a - b) <= 1e-9 * max(abs(b), 100)
    }

    private func ending(_ text: String, _ more: [String] = []) async throws -> (status: Int32, table: [[Substring]]) {
        let directory = NSTemporaryDirectory() + "/quartet-indicators-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try text.write(toFile: directory + "/c.csv", atomically: true, encoding: .utf8)
        let out = directory + "/o.csv"
        let status = await Entry.run(["indicators", directory + "/c.csv", "--out", out] + more)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory).count == (status == 0 ? 2 : 1))
        return (status, status == 0 ? try lines(out) : [])
    }

    private let header = "ts_ms,open,high,low,close,volume\n"

    @Test("A file of one candle gives one row, of which only what needs no past is defined")
    func oneCandle() async throws {
        let (status, table) = try await ending(header + "60000,1,2,0.5,1.5,3\n")
        #expect(status == 0)
        #expect(table.count == 2)
        let defined = zip(table[0], table[1]).filter { !$0.1.isEmpty }.map { "\($0.0)=\($0.1)" }
        #expect(
            defined == [
                "ts_ms=60000", "open=1.0", "high=2.0", "low=0.5", "close=1.5", "volume=3.0", "obv=3.0",
                "regime=unknown",
            ])
    }

    @Test(
        "What is no series of candles is refused, and nothing is written",
        arguments: [
            "", "ts_ms,open,high,low,close,volume\n", "ts_ms,open,high,low,close,volume\n60000,1,2,0.5,NaN,3\n",
            "ts_ms,open,high,low,close,volume\n60000,0,2,0,1,3\n",
            "ts_ms,open,high,low,close,volume\n60000,-1,2,-1,1,3\n",
            "ts_ms,open,high,low,close,volume\n60000,1,2,1.5,1,3\n",
            "ts_ms,open,high,low,close,volume\n60000,1,2,1,1,-3\n",
            "ts_ms,open,high,low,close,volume\n120000,1,1,1,1,1\n60000,1,1,1,1,1\n",
        ])
    func refused(text: String) async throws { #expect(try await ending(text).status == 1) }

    @Test("Repeated rows are left out, gaps passed over, a flat market without volume gives finite numbers")
    func imperfect() async throws {
        var text = header
        for index in 0..<1_200 where index % 17 != 3 {
            let row = "\(index * 60_000),7,7,7,7,\(index % 3 == 0 ? 0 : 2)\n"
            text += index % 29 == 5 ? row + row : row
        }
        let (status, table) = try await ending(text)
        #expect(status == 0)
        #expect(table.count == 1 + (0..<1_200).count { $0 % 17 != 3 })
        let strange = table.dropFirst().joined().filter {
            $0.contains("n") && $0 != "unknown" && $0 != "trending" && $0 != "sideways"
        }
        #expect(strange.isEmpty)
    }

    @Test("Longer candles are made of whole groups only, at multiples of their length since 1970")
    func grouped() async throws {
        var text = header
        for index in 7..<100 where index != 33 {
            text += "\(index * 60_000),\(index),\(index + 2),\(index - 1),\(index + 1),0.1\n"
        }
        let (status, table) = try await ending(text, ["--timeframe", "5m", "--rows", "5"])
        #expect(status == 0)
        let rows = table.dropFirst().map { $0.prefix(6).joined(separator: ",") }
        #expect(
            rows == [
                "600000,10.0,16.0,9.0,15.0,0.5", "900000,15.0,21.0,14.0,20.0,0.5", "1200000,20.0,26.0,19.0,25.0,0.5",
                "1500000,25.0,31.0,24.0,30.0,0.5", "2100000,35.0,41.0,34.0,40.0,0.5",
            ])
        #expect(try await ending(text, ["--timeframe", "1h", "--start", "1970-01-01T01:00"]).status == 1)
        #expect(try await ending(text, ["--start", "1970-01-02"]).status == 1)
        #expect(await Entry.run(["indicators", "x.csv", "--timeframe", "7m"]) == 2)
        #expect(await Entry.run(["indicators", "x.csv", "--rows", "0"]) == 2)
        #expect(await Entry.run(["indicators", "/nowhere/x.csv"]) == 1)
    }
}
