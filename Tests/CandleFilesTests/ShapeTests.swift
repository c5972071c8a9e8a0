import Foundation
import Testing
import TradingModel

@testable import CandleFiles

/// The same candle in the shapes in which exchanges and programs hand candles around.
@Suite("Shapes of candle files")
struct ShapeTests {
    let expected = Candle(
        symbol: bitcoin, venue: .recording, timeframe: .oneMinute, openTime: newYear + .hours(1),
        open: Price("95000.1")!, high: Price("95010")!, low: Price("94990.5")!, close: Price("95005")!,
        volume: Quantity("1.25")!)

    @Test(
        "A candle is the same in every shape",
        arguments: [
            ("own", "ts_ms,open,high,low,close,volume\n1735693200000,95000.1,95010,94990.5,95005,1.25\n"),
            ("any order", "volume,close,low,high,open,time\n1.25,95005,94990.5,95010,95000.1,1735693200\n"),
            ("Coinbase", "time,low,high,open,close,volume\n1735693200,94990.5,95010,95000.1,95005,1.25\n"),
            (
                "Binance archive, milliseconds, no header",
                "1735693200000,95000.10000000,95010.00000000,94990.50000000,95005.00000000,1.25000000,1735693259999,118756.25,77,0.5,47502.5,0\n"
            ),
            (
                "Binance archive since 2025, microseconds",
                "1735693200000000,95000.1,95010,94990.5,95005,1.25,1735693259999999,118756.25,77,0.5,47502.5,0\n"
            ),
            (
                "Binance futures archive",
                "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore\n1735693200000,95000.1,95010,94990.5,95005,1.25,1735693259999,118756.25,77,0.5,47502.5,0\n"
            ),
            ("Kraken, no header, seconds", "1735693200,95000.1,95010,94990.5,95005,1.25,42\n"),
            (
                "a site's address above the header",
                "https://www.example.com\nUnix,Date,Symbol,Open,High,Low,Close,Volume BTC,Volume USDT,tradecount\n1735693200000,2025-01-01 01:00:00,BTCUSDT,95000.1,95010,94990.5,95005,1.25,118756.25,77\n"
            ),
            (
                "a data frame with its index",
                ",date,open,high,low,close,volume\n0,2025-01-01 01:00:00+00:00,95000.1,95010.0,94990.5,95005.0,1.25\n"
            ),
            (
                "another zone",
                "Date,Open,High,Low,Close,Volume\n2025-01-01T03:00:00+02:00,95000.1,95010,94990.5,95005,1.25\n"
            ),
            (
                "adjusted closes",
                "Date,Open,High,Low,Close,Adj Close,Volume\n2025-01-01T01:00,95000.1,95010,94990.5,95005,1,1.25\n"
            ),
            ("semicolons", "timestamp;open;high;low;close;volume\n1735693200000;95000.1;95010;94990.5;95005;1.25\n"),
            ("tabs", "timestamp\topen\thigh\tlow\tclose\tvolume\n1735693200\t95000.1\t95010\t94990.5\t95005\t1.25\n"),
            (
                "quoted, with a byte order mark",
                "\u{FEFF}\"open_time\",\"open\",\"high\",\"low\",\"close\",\"volume\"\n\"1735693200000\",\"95000.1\",\"95010\",\"94990.5\",\"95005\",\"1.25\"\n"
            ),
            ("seconds with decimals", "timestamp,o,h,l,c,v\n1735693200.0,95000.1,95010,94990.5,95005,1.25\n"),
            ("nanoseconds", "timestamp,o,h,l,c,v\n1735693200000000000,95000.1,95010,94990.5,95005,1.25\n"),
            (
                "sums of volumes with binary residues",
                "ts_ms,open,high,low,close,volume\n1735693200000,95000.1,95010,94990.5,95005,1.2500000000000002\n"
            ),
        ])
    func shapes(name: String, text: String) throws {
        try withDirectory { directory in
            let path = try write(text, "c.csv", in: directory)
            #expect(try candles(path) == [expected])
            let file = try CandleFile(path: path, symbol: bitcoin, timeframe: .oneMinute)
            let numbers = try file.nextNumbers()
            #expect(numbers?.openTime == expected.openTime)
            #expect(numbers?.low == 94990.5 && numbers?.open == 95000.1 && numbers?.high == 95010)
            #expect(numbers.map { abs($0.volume - 1.25) < 1e-15 } == true)
            #expect(try file.nextNumbers() == nil)
            let skipping = try CandleFile(path: path, symbol: bitcoin, timeframe: .oneMinute)
            #expect(try skipping.skip { $0 <= expected.openTime }.rows == 1)
        }
    }

    @Test(
        "What is no candle in these shapes is refused in the file's own words",
        arguments: [
            (
                "open_time,open,high,low,close,volume\n1735693200000,1,2,NaN,1,0\n",
                "c.csv:2: low is not a number: \"NaN\" is not a Price: write digits with at most one point, such as 12.5"
            ),
            (
                "Date,Open,High,Low,Close,Volume\n31/01/2025,1,2,1,1,0\n",
                "c.csv:2: Date is \"31/01/2025\", but must be the open time, in seconds, milliseconds or microseconds since 1970 or like 2025-01-31T23:59:00Z, before 2100"
            ),
            (
                "1735693200,1,2,1,1,0,3\n1735693260,1,2,1,1,0\n",
                "c.csv:2: the row \"1735693260,1,2,1,1,0\" has 6 fields, but must have 7 like the first row"
            ),
            (
                "time,low,high,open,close\n1735693200,1,2,1,1\n",
                "c.csv:1: the header is \"time,low,high,open,close\", but a candle file begins with ts_ms,open,high,low,close,volume"
            ),
            (
                "# one\n# two\nts_ms,open,high,low,close,volume\n",
                "c.csv:1: the header is \"# one\", but a candle file begins with ts_ms,open,high,low,close,volume"
            ),
        ])
    func faults(text: String, expected: String) throws {
        try withDirectory { directory in
            let path = try write(text, "c.csv", in: directory)
            #expect {
                _ = try candles(path)
            } throws: {
                "\($0)".replacing(#/^.*\/(?=c\.csv)/#, with: "") == expected
            }
        }
    }

    @Test(
        "Numbers are the doubles nearest to their texts",
        arguments: [
            "0", "-0.5", "105573.73", "0.00001128", "9814811780", "123456789012345678", "0.1234567890123456789", "1e-7",
            "4.9e-324", "1.7976931348623157e308", "9007199254740993", "443.356199000000000000000001",
        ])
    func numbers(text: String) { #expect(DecimalField.double(text) == Double(text)) }

    @Test(
        "What is no number is none",
        arguments: [
            "", "-", "+1", ".5", "1.", "1,5", "nan", "NaN", "inf", "1e400", "12abc", " 1", "1e", "0x10", "1.2.3",
        ])
    func noNumbers(text: String) { #expect(DecimalField.double(text) == nil) }

    @Test("Written candles read back the same, packed and plain, and the same candles give the same bytes")
    func roundTrip() throws {
        try withDirectory { directory in
            let all = try candles(try write(candleFile(3_000), "c.csv", in: directory))
            for name in ["w.csv", "w.csv.gz"] {
                let path = directory + "/" + name
                var bytes: [Data] = []
                for _ in 0..<2 {
                    let writer = try CandleFileWriter(path: path)
                    for candle in all { try writer.write(candle) }
                    #expect(!FileManager.default.fileExists(atPath: path) || !bytes.isEmpty)
                    try writer.finish()
                    bytes.append(try Data(contentsOf: URL(fileURLWithPath: path)))
                }
                #expect(try candles(path) == all)
                #expect(bytes[0] == bytes[1])
                #expect(bytes[0].starts(with: [0x1f, 0x8b]) == name.hasSuffix(".gz"))
            }
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: directory).sorted() == [
                    "c.csv", "w.csv", "w.csv.gz",
                ])
        }
    }

    @Test("An unfinished file leaves nothing behind, and a place that cannot be written is said")
    func unwritable() throws {
        try withDirectory { directory in
            do {
                let writer = try CandleFileWriter(path: directory + "/half.csv")
                try writer.write(expected)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory).isEmpty)
        }
        #expect { try OutputFile(path: "/nowhere/x.csv") } throws: {
            "\($0)"
                == "/nowhere/x.csv cannot be written (no such file or directory): check the path, its rights and the space left"
        }
        #expect { try OutputFile(path: "/tmp") } throws: { "\($0)" == "/tmp is a directory: name a file to write" }
    }
}
