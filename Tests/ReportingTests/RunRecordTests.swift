import Portfolio
import Reporting
import Testing
import TradingModel

@Suite("Run record")
struct RunRecordTests {
    @Test("the result of what is still open is that of its last price")
    func openResult() throws {
        var position = Position()
        position.side = .short
        position.quantity = Quantity(2)
        position.cost = Money(200)
        #expect(OpenTrade(position: position, price: Price(90)).result == Money(20))
    }
}
