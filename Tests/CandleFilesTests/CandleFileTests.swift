import Foundation
import Testing
import TradingModel

@testable import CandleFiles

@Suite("Candle files")
struct CandleFileTests {
    func read(_ text: String) throws -> [Candle] {
        try withDirectory { directory in
            let file = try CandleFile(
                path: try write(text, "c.csv", in: directory), symbol: bitcoin, timeframe: .oneMinute)
            var candles: [Candle] = []
            while let candle = try file.next() { candles.append(candle) }
            return candles
        }
    }

    func sentence(_ text: String) -> String {
        do {
            _ = try read(text)
            return "no error"
        } catch {
            // The directory's name differs from run to run.
            return "\(error)".replacing(#/^.*\/(?=c\.csv)/#, with: "")
        }
    }

    @Test("Rows are read exactly, with any line end and with none at the last")
    func rows() throws {
        let text =
            CandleFile.header
            + "\r\n1735689600000,95000.1,95001,94999.99999999,95000,0.00012345\r\n1735689660000,1,2,0.5,1,0"
        let candles = try read(text)
        #expect(candles.count == 2)
        #expect(candles[0].openTime == newYear)
        #expect(candles[0].low == Price("94999.99999999")!)
        #expect(candles[0].volume == Quantity("0.00012345")!)
        #expect(candles[1].close == Price(1))
        #expect(try read(CandleFile.header + "\n").isEmpty)
        #expect(try read(CandleFile.header).isEmpty)
    }

    @Test(
        "Every fault names file, line and value",
        arguments: [
            ("", "c.csv:1: the header is \"\", but a candle file begins with ts_ms,open,high,low,close,volume"),
            (
                "time,o,h,l,v,w\n",
                "c.csv:1: the header is \"time,o,h,l,v,w\", but a candle file begins with ts_ms,open,high,low,close,volume"
            ),
            (
                CandleFile.header + "\n1735689600000,1,2,0.5,1,0\n1735689660000,1,2,12abc,1,0\n",
                "c.csv:3: low is not a number: \"12abc\" is not a Price: write digits with at most one point, such as 12.5"
            ),
            (
                CandleFile.header + "\n1735689600000,,2,0.5,1,0\n",
                "c.csv:2: open is not a number: an empty text is not a Price: write a decimal number such as 12.5"
            ),
            (
                CandleFile.header + "\n1735689600000,1,2,0.5,1\n",
                "c.csv:2: the row \"1735689600000,1,2,0.5,1\" has 5 fields, but must have 6 (ts_ms,open,high,low,close,volume)"
            ),
            (
                CandleFile.header + "\n1735689600000,1,2,0.5,1,0,7\n",
                "c.csv:2: the row \"1735689600000,1,2,0.5,1,0,7\" has 7 fields, but must have 6 (ts_ms,open,high,low,close,volume)"
            ),
            (
                CandleFile.header + "\n\n",
                "c.csv:2: ts_ms is \"\", but must be the open time in milliseconds since 1970, before 2100"
            ),
            (
                CandleFile.header + "\n-5,1,2,0.5,1,0\n",
                "c.csv:2: ts_ms is \"-5\", but must be the open time in milliseconds since 1970, before 2100"
            ),
            (
                CandleFile.header + "\n1735689600000000,1,2,0.5,1,0\n",
                "c.csv:2: ts_ms is \"1735689600000000\", but must be the open time in milliseconds since 1970, before 2100"
            ),
            (
                CandleFile.header + "\n99999999999999999999999,1,2,0.5,1,0\n",
                "c.csv:2: ts_ms is \"99999999999999999999999\", but must be the open time in milliseconds since 1970, before 2100"
            ),
            (
                CandleFile.header + "\n1735689600000,1,2,0.5,1e40,0\n",
                "c.csv:2: close is not a number: \"1e40\" is not a Price: write digits with at most one point, such as 12.5"
            ),
            (
                CandleFile.header + "\n1735689600000,1,2,0.5,1,\" 3\"\n",
                "c.csv:2: volume is not a number: \"\" 3\"\" is not a Quantity: write digits with at most one point, such as 12.5"
            ),
        ])
    func faults(text: String, expected: String) {
        #expect(sentence(text) == expected)
    }

    @Test("A line without end is refused instead of read into memory")
    func endless() {
        #expect(
            sentence(CandleFile.header + "\n" + String(repeating: "1", count: 300_000)).hasPrefix(
                "c.csv:2: the line has more than 4096 bytes"))
    }

    @Test("What is not there, is a directory or is not readable is said")
    func unreadable() throws {
        #expect { try CandleFile(path: "/nowhere/x.csv", symbol: bitcoin, timeframe: .oneMinute) } throws: {
            "\($0)" == "/nowhere/x.csv cannot be read (no such file or directory): check the path and its rights"
        }
        #expect { try CandleFile(path: "/tmp", symbol: bitcoin, timeframe: .oneMinute) } throws: {
            "\($0)" == "/tmp is not a file: name a file"
        }
    }

    @Test("A gzip file reads like the plain one, and one that was cut off or damaged says so")
    func packed() throws {
        try withDirectory { directory in
            let path = try write(candleFile(5_000), "c.csv", in: directory)
            let plain = try candles(path)
            try gzip(path)
            let packed = try Data(contentsOf: URL(fileURLWithPath: path + ".gz"))
            #expect(try candles(path + ".gz") == plain)
            #expect(plain.count == 5_000)
            let cut = directory + "/cut.csv.gz"
            try packed.prefix(packed.count / 2).write(to: URL(fileURLWithPath: cut))
            #expect { try candles(cut) } throws: {
                "\($0)".hasSuffix("cut.csv.gz ends in the middle: it was cut off, copy it again")
            }
            var bytes = packed
            for index in bytes.count / 2..<bytes.count / 2 + 50 { bytes[index] ^= 0xff }
            let damaged = directory + "/damaged.csv.gz"
            try bytes.write(to: URL(fileURLWithPath: damaged))
            #expect { try candles(damaged) } throws: { "\($0)".contains("damaged.csv.gz") }
        }
    }

    @Test("Skipping leaves off at the first row that is not skipped")
    func skip() throws {
        try withDirectory { directory in
            let path = try write(candleFile(100), "c.csv", in: directory)
            let all = try candles(path)
            for count in [0, 1, 50, 99, 100] {
                let file = try CandleFile(path: path, symbol: bitcoin, timeframe: .oneMinute)
                let border = newYear + .minutes(Int64(count))
                let result = try file.skip { $0 < border }
                #expect(result.rows == count)
                #expect(result.last == (count == 0 ? nil : all[count - 1].openTime))
                #expect(result.stopped == (count == 100 ? nil : all[count]))
                #expect(try file.next() == (count < 99 ? all[count + 1] : nil))
            }
        }
    }

    private func gzip(_ path: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-k", path]
        try process.run()
        process.waitUntilExit()
    }
}

@Suite("Surveys of candle files")
struct SurveyTests {
    func survey(_ text: String, _ symbol: Symbol = bitcoin) throws -> CandleFileSurvey {
        try withDirectory { try CandleFileSurvey(path: try write(text, "c.csv", in: $0), symbol: symbol) }
    }

    @Test("The timeframe is the smallest step between rows", arguments: Timeframe.allCases)
    func timeframe(timeframe: Timeframe) throws {
        #expect(try survey(candleFile(50, timeframe: timeframe, skipping: [1, 2, 3, 7])).timeframe == timeframe)
    }

    @Test("Steps that are no candle's, and files without rows, are refused")
    func strange() {
        #expect { try survey(CandleFile.header + "\n0,1,1,1,1,1\n120000,1,1,1,1,1\n") } throws: {
            "\($0)".hasSuffix("has rows 2m apart at the least, but candles are 1m, 3m, 5m, 15m, 30m, 1h, 4h long")
        }
        #expect { try survey(CandleFile.header + "\n") } throws: {
            "\($0)".hasSuffix("has no candles: name a file with rows below its header")
        }
    }
}
