import CandleFiles
import Testing
import TradingModel
import Venues

@Suite("Instruments inferred from candle files")
struct InferredInstrumentTests {
    func survey(_ text: String, _ symbol: Symbol) throws -> CandleFileSurvey {
        try withDirectory { try CandleFileSurvey(path: try write(text, "c.csv", in: $0), symbol: symbol) }
    }

    @Test(
        "Ticks are the catalogue's where the prices fit, else what is seen",
        arguments: [
            ("BTC/USDT", "95000.1", "95000", "1.5", "0.1", "0.001", "100"),
            ("BTC/USDT", "95000.12", "95000", "1.5", "0.01", "0.001", "100"),
            ("NEW/USDT", "0.00123", "0.0012", "150", "0.00001", "1", "5"),
            ("NEW/USDT", "12", "13", "0", "1", "0.001", "5"),
            ("XLM/BTC", "0.00003882", "0.00003882", "17.25", "0.00000001", "0.01", "0.0001"),
        ])
    func instrument(
        name: String, first: String, second: String, volume: String, tick: String, lot: String, notional: String
    ) throws {
        let symbol = Symbol(name)!
        let text =
            CandleFile.header
            + "\n0,\(first),\(first),\(first),\(first),\(volume)\n60000,\(second),\(second),\(second),\(second),\(volume)\n"
        let survey = try survey(text, symbol)
        let instrument = InferredInstrument.make(
            symbol, venue: .recording, priceStep: survey.priceStep, volumeStep: survey.volumeStep)
        #expect(instrument.tickSize == Price(tick)!)
        #expect(instrument.lotSize == Quantity(lot)!)
        #expect(instrument.minNotional == Money(notional)!)
    }
}
