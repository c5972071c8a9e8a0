import Testing
import TradingModel

@testable import Venues

@Suite("Tickers of a played candle")
struct IntrabarTickersTests {
    let instrument = InstrumentCatalog.instrument(fiveSymbols[0], venue: .recording)!
    func candle(_ open: String, _ high: String, _ low: String, _ close: String, volume: String = "40") -> Candle {
        Candle(
            symbol: fiveSymbols[0], venue: .recording, timeframe: .oneMinute, openTime: newYear, open: Price(open)!,
            high: Price(high)!,
            low: Price(low)!, close: Price(close)!, volume: Quantity(volume)!)
    }
    func tickers(_ candle: Candle, _ path: IntrabarTickers.Path) -> [Ticker] {
        var events: [MarketEvent] = []
        IntrabarTickers(path: path).append(candle, instrument: instrument, into: &events)
        return events.tickers(fiveSymbols[0])
    }

    @Test("Open, extremes and close come at 1 ms, a third, two thirds and 1 ms before the end")
    func times() {
        let sample = tickers(candle("100", "110", "95", "105"), .highFirst)
        #expect(sample.map { ($0.eventTime - newYear).micros } == [1_000, 20_000_000, 40_000_000, 59_999_000])
        #expect(sample.map(\.last) == ["100", "110", "95", "105"].map { Price($0)! })
    }

    @Test(
        "The path decides which extreme comes first",
        arguments: [
            (IntrabarTickers.Path.highFirst, "110"), (.lowFirst, "95"), (.nearestFirst, "95"),
        ])
    func paths(path: IntrabarTickers.Path, second: String) {
        #expect(tickers(candle("100", "110", "95", "105"), path)[1].last == Price(second)!)
        #expect(tickers(candle("100", "104", "95", "102"), .nearestFirst)[1].last == Price("104")!)
        #expect(tickers(candle("100", "105", "95", "102"), .nearestFirst)[1].last == Price("105")!)
    }

    @Test("Bid and ask are one tick apart around last: last is the ask after a rise and the bid otherwise")
    func quotes() {
        let sample = tickers(candle("100", "110", "95", "105"), .highFirst)
        #expect(sample.map(\.bid) == ["100", "109.9", "95", "104.9"].map { Price($0)! })
        #expect(sample.map(\.ask) == ["100.1", "110", "95.1", "105"].map { Price($0)! })
        #expect(sample.map(\.bidQuantity) == Array(repeating: Quantity(10), count: 4))
    }

    @Test("A candle nobody traded in still quotes ten of the smallest orders, on the lot grid")
    func quiet() {
        let quantity = tickers(candle("100", "100", "100", "100", volume: "0"), .nearestFirst)[0].bidQuantity
        #expect(quantity == Quantity(10))
        #expect(quantity.isMultiple(of: instrument.lotSize))
    }

    @Test("A price of a single tick still has a bid above zero")
    func tiny() {
        let sample = tickers(candle("0.1", "0.2", "0.1", "0.1"), .nearestFirst)
        #expect(sample.map(\.bid).allSatisfy { $0.isPositive } == true)
    }
}

@Suite("Instrument catalogue")
struct InstrumentCatalogTests {
    @Test("Spot and derivative of a known base share their rules")
    func known() {
        let spot = InstrumentCatalog.instrument(Symbol("BTC/USDT")!, venue: .simulated)!
        let future = InstrumentCatalog.instrument(Symbol("BTC/USDT:USDT")!, venue: .simulated)!
        #expect(spot.tickSize == Price("0.1")! && future.tickSize == spot.tickSize)
        #expect(spot.lotSize == Quantity("0.001")! && spot.minNotional == Money(100))
        #expect(spot.makerFee == Ratio("0.0002")! && spot.takerFee == Ratio("0.0006")!)
    }

    @Test("A pair that is not quoted in dollars, and an unknown base, are not in it")
    func unknown() {
        #expect(InstrumentCatalog.instrument(Symbol("ETH/BTC")!, venue: .simulated) == nil)
        #expect(InstrumentCatalog.instrument(Symbol("NEW/USDT")!, venue: .simulated) == nil)
    }

    @Test(
        "An invented symbol always gets the same profile and usable rules",
        arguments: ["NEW", "ABC", "QWERTY", "Z1", "FOO", "BAR"])
    func invented(base: String) {
        let symbol = Symbol(base + "/USDT")!
        let profile = MarketProfile.of(symbol)
        #expect(profile.price == MarketProfile.of(symbol).price)
        let instrument = profile.inventedInstrument(symbol, venue: .simulated)
        #expect(instrument.tickSize.double <= profile.price * 1e-4 && instrument.tickSize.double > profile.price * 1e-5)
        #expect(instrument.lotSize.double * profile.price <= 0.26)
    }
}
