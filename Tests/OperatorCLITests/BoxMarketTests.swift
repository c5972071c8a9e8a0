import ServiceRuntime
import Testing
import TradingModel

@testable import OperatorCLI

@Suite("The exchange in a box that quartet up starts")
struct BoxMarketTests {
    private func load(_ text: String, _ environment: [String: String] = [:]) throws -> LoadedSettings {
        try SettingsLoader.load(text: text, environment: environment)
    }

    @Test("is there where nothing says where market data comes from")
    func wanted() throws {
        #expect(BoxMarket.isWanted(try load("")))
        #expect(BoxMarket.isWanted(try load("symbols: [BTC/USDT]\nfeed: {speed: 300, seed: 9}")))
    }

    @Test(
        "is not there where something does, or where an exchange that goes on by itself makes no sense",
        arguments: [
            "feed: {source: simulated}", "feed: {source: live}", "feed: {speed: 0}", "feed: {speed: 5000}",
            "feed: {duration_minutes: 5}", "feed: {ticker_interval_millis: 7000}",
        ])
    func unwanted(text: String) throws {
        #expect(!BoxMarket.isWanted(try load(text)))
    }

    @Test("a source in the environment counts as one in the file")
    func environment() throws {
        #expect(!BoxMarket.isWanted(try load("", ["QUARTET_FEED_SOURCE": "live"])))
    }

    @Test("its services read what it tells them: live at its address, at its speed, with its market")
    func told() throws {
        let text = "symbols: [BTC/USDT, ETH/USDT]\nfeed: {speed: 90.5, seed: 4, start: 2025-03-01}"
        let box = BoxMarket(port: 4711, settings: try load(text).settings)
        let settings = try load(text, box.environment).settings
        #expect(settings.feed.source == .live && settings.feed.venue == .binanceUSDM)
        #expect(settings.feed.venueSpeed == 90.5)
        #expect(settings.venues.binanceUSDM.restURL == "http://127.0.0.1:4711")
        #expect(settings.venues.binanceUSDM.wsURL == "ws://127.0.0.1:4711/usdm/ws")
        #expect(settings.mode == .paper)
        #expect(
            box.options
                == "--port 4711 --speed 90.5 --seed 4 --start 2025-03-01 --tick 2000 --look-back 1000 --symbols BTC/USDT,ETH/USDT"
        )
    }

    @Test("gets a port that nobody has")
    func port() throws {
        let port = try #require(BoxMarket.freePort())
        #expect((1...65_535).contains(port))
    }
}
