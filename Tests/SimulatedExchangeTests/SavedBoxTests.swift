import Testing
import TradingModel

@testable import SimulatedExchange

@Suite("A saved exchange")
struct SavedBoxTests {
    private static func candles(_ exchange: ExchangeBox) -> [[BoxCandle]] {
        var box = exchange
        for index in box.listings.indices { box.loadHistory(index) }
        return box.listings.flatMap { listing in
            CandleBoard.lengths.indices.map {
                listing.board.candles(KlineInterval(slot: $0), since: nil, until: nil, limit: 5_000)
            }
        }
    }

    private static func advance(_ exchange: inout ExchangeBox, to time: MarketTime) {
        var out: [BoxDirective] = []
        exchange.handle(.tick, at: BoxTime(market: time, wall: WallTime(micros: 1_700_000_000_000_000)), into: &out)
    }

    @Test("goes on as if it had never stopped, wherever in a minute it was saved", arguments: [0, 17, 50, 60])
    func goesOn(seconds: Int64) throws {
        let rig = Rig(lookBack: 30) { $0.tickInterval = .seconds(10) }
        var whole = rig.exchange
        let moment = Rig.start + .hours(1) + .seconds(seconds)
        Self.advance(&whole, to: moment)
        let text = try #require(whole.saved(at: WallTime(micros: 5), isClean: true))
        var resumed = try ExchangeBox(whole.settings, saved: text)
        #expect(resumed.clock == whole.clock)
        for box in 0..<2 {
            let end = moment + .hours(4) + .seconds(31)
            if box == 0 { Self.advance(&whole, to: end) } else { Self.advance(&resumed, to: end) }
        }
        #expect(Self.candles(resumed) == Self.candles(whole))
        #expect(resumed.listings.map(\.quote) == whole.listings.map(\.quote))
        #expect(resumed.listings.map(\.tradeID) == whole.listings.map(\.tradeID))
        // And what is saved next is the same text.
        #expect(
            resumed.saved(at: WallTime(micros: 9), isClean: false)
                == whole.saved(at: WallTime(micros: 9), isClean: false))
    }

    @Test("keeps no more candles than are asked for, and puts no past before a hole")
    func bounded() throws {
        let rig = Rig(symbols: ["BTC/USDT"], lookBack: 60) { $0.tickInterval = .seconds(30) }
        var whole = rig.exchange
        let moment = Rig.start + .hours(10)
        Self.advance(&whole, to: moment)
        let text = try #require(whole.saved(at: WallTime(micros: 5), isClean: true))
        let resumed = try ExchangeBox(whole.settings, saved: text)
        for (kept, all) in zip(Self.candles(resumed), Self.candles(whole)) {
            #expect(kept == Array(all.suffix(kept.count)))
            let length = kept[1].openTime - kept[0].openTime
            #expect(zip(kept, kept.dropFirst()).allSatisfy { $1.openTime - $0.openTime == length })
        }
        #expect(Self.candles(resumed)[0].count == 261)
    }

    @Test("of other symbols, another seed or damaged is refused in one sentence, and never crashes")
    func refused() throws {
        let rig = Rig(symbols: ["BTC/USDT"], lookBack: 5) { $0.tickInterval = .seconds(30) }
        let text = try #require(rig.exchange.saved(at: WallTime(micros: 5), isClean: true))
        var other = rig.exchange.settings
        other.seed = 99
        #expect(throws: SavedBoxError.self) { try ExchangeBox(other, saved: text) }
        let settings = rig.exchange.settings
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for number in lines.indices.dropLast() {
            var damaged = lines
            damaged[number] = "x"
            #expect(throws: SavedBoxError.self, "line \(number + 1)") {
                try ExchangeBox(settings, saved: damaged.joined(separator: "\n"))
            }
            #expect(throws: SavedBoxError.self, "cut at line \(number + 1)") {
                try ExchangeBox(settings, saved: lines[..<number].joined(separator: "\n"))
            }
        }
    }
}
