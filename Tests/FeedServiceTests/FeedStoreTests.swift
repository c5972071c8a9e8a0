import Foundation
import Storage
import Testing
import TradingModel
import Venues

@testable import FeedService

@Suite("Feed's store")
struct FeedStoreTests {
    func candle(_ minute: Int64, close: String = "100.5") -> Candle {
        Candle(
            symbol: bitcoin, venue: .simulated, timeframe: .oneMinute, openTime: newYear + .minutes(minute),
            open: Price("100.1")!,
            high: Price("200.000000000001")!, low: Price("0.000000000001")!, close: Price(close)!,
            volume: Quantity("123456789.123456789012")!,
            missing: 2, isBackfill: minute % 2 == 0, receivedTime: morning)
    }

    @Test("A candle comes back exactly, and the same key again replaces it")
    func candles() throws {
        try withDirectory { directory in
            let store = try FeedStore(path: directory + "/feed.sqlite", lookBack: 100)
            try store.store(candle(1))
            try store.store(candle(0))
            try store.store(candle(1, close: "7"))
            let found = try store.candles(bitcoin, .oneMinute, closedBy: newYear + .minutes(2))
            #expect(found == [candle(1, close: "7"), candle(0)])
            #expect(try store.candles(bitcoin, .oneMinute, closedBy: newYear + .minutes(1)) == [candle(0)])
            #expect(try store.candles(ether, .oneMinute, closedBy: newYear + .minutes(9)).isEmpty)
            store.shut()
        }
    }

    @Test("No more than the look-back comes back, and the file does not grow without end")
    func pruned() throws {
        try withDirectory { directory in
            let path = directory + "/feed.sqlite"
            let store = try FeedStore(path: path, lookBack: 50)
            try store.transaction { () throws(StorageError) in
                for minute in 0..<2_000 { try store.store(candle(Int64(minute))) }
            }
            let found = try store.candles(bitcoin, .oneMinute, closedBy: newYear + .minutes(5_000))
            #expect(found.map(\.openTime) == (1_950..<2_000).reversed().map { newYear + .minutes($0) })
            store.shut()
            let reader = try SQLiteDatabase(path: path, migrations: FeedStore.migrations, access: .readOnly)
            let count = try reader.prepare("SELECT count(*) FROM candles").first { $0.int(0) }
            #expect(count! < 400)
        }
    }

    @Test("The state of the source comes back, and a step is written without the rest")
    func source() throws {
        try withDirectory { directory in
            let store = try FeedStore(path: directory + "/feed.sqlite", lookBack: 50)
            #expect(try store.sourceState() == nil)
            var state = FeedStore.SourceState()
            state.fingerprint = "simulated"
            state.position = newYear + .minutes(1)
            state.stored = newYear
            state.checkpoint = "line\nline\n"
            try store.store(state)
            #expect(try store.sourceState() == state)
            try store.store(step: 7, after: newYear + .minutes(2), end: newYear + .minutes(5))
            (state.position, state.step, state.stepEnd) = (newYear + .minutes(2), 7, newYear + .minutes(5))
            #expect(try store.sourceState() == state)
            store.shut()
        }
    }

    @Test("A second writer is refused with the pid of the first")
    func single() throws {
        try withDirectory { directory in
            let store = try FeedStore(path: directory + "/feed.sqlite", lookBack: 50)
            #expect { try FeedStore(path: directory + "/feed.sqlite", lookBack: 50) } throws: {
                "\($0)".contains("feed, pid \(getpid())")
            }
            store.shut()
        }
    }

    @Test("Instruments are stored")
    func instruments() throws {
        try withDirectory { directory in
            let path = directory + "/feed.sqlite"
            let store = try FeedStore(path: path, lookBack: 50)
            try store.store(InstrumentCatalog.instrument(bitcoin, venue: .simulated)!)
            store.shut()
            let reader = try SQLiteDatabase(path: path, migrations: FeedStore.migrations, access: .readOnly)
            #expect(
                try reader.prepare("SELECT tick_size || ' ' || lot_size FROM instruments").first { $0.text(0) }
                    == "0.1 0.001")
        }
    }
}
