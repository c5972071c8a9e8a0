import ExecutionCore
import Testing
import TradingModel
import VenueConnector
import VenueTrading

/// What a position pays or receives for being held, as the exchanges tell it (shapes of their documentation).
@Suite("Funding")
struct FundingTests {
    private func payments(_ script: Script) -> [FundingPayment] {
        script.takeReports().compactMap { if case .funding(let payment) = $0 { payment } else { nil } }
    }

    private func income(_ amount: String, _ id: Int, asset: String = "USDT", kind: String = "FUNDING_FEE") -> String {
        """
        {"symbol":"BTCUSDT","incomeType":"\(kind)","income":"\(amount)","asset":"\(asset)","info":"\(kind)",
        "time":\(start / 1_000),"tranId":\(id),"tradeId":""}
        """
    }

    @Test("Binance tells it as income: negative is paid, once by its id, and only in the quote currency")
    func binance() {
        let script = Script.futures()
        script.tell(.command(.account(since: MarketTime(micros: start))))
        let list = "[\(income("-0.37500000", 9)),\(income("0.1", 10)),\(income("1", 11, asset: "BNB"))]"
        #expect(script.answer("/fapi/v1/income?incomeType=FUNDING_FEE", list))
        let told = payments(script)
        #expect(told.map(\.amount) == [money("-0.1"), money("0.375")])
        #expect(told.map(\.id) == ["BTCUSDT-10", "BTCUSDT-9"] && told.allSatisfy { $0.symbol == btc })
        #expect(told.first?.eventTime == MarketTime(micros: start))
    }

    @Test("as soon as Binance's stream speaks of it, it is asked for")
    func stream() {
        let script = Script.futures()
        let update = """
            {"e":"ACCOUNT_UPDATE","E":\(start / 1_000),"T":\(start / 1_000),"a":{"m":"FUNDING_FEE",
            "B":[{"a":"USDT","wb":"122624.1","cw":"100.1","bc":"-0.375"}]}}
            """
        script.tell(.streamText(update))
        #expect(script.answer("/fapi/v1/income?incomeType=FUNDING_FEE", "[\(income("-0.375", 9))]"))
        #expect(payments(script).map(\.amount) == [money("0.375")])
    }

    @Test("Binance's routed address takes the listen key as a parameter, any other as a path")
    func listenKey() {
        #expect(
            Script.futures(stream: "wss://fstream.binance.com/private/ws").streams.last?.hasPrefix(
                "wss://fstream.binance.com/private/ws?listenKey=") == true)
        #expect(Script.futures().streams.last?.hasPrefix("wss://stream/") == true)
    }
}
