import Indicators
import Testing
import TradingModel

struct `a bar` {
    private func code(
        open: Double = 10, high: Double = 12, low: Double = 9, close: Double = 11, volume: Double = 1
    ) -> BarError.Code? {
        do throws(BarError) {
            _ = try Bar(openTime: .distantPast, open: open, high: high, low: low, close: close, volume: volume)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func `with sound figures is accepted, also without volume and without range`() {
        #expect(code() == nil)
        #expect(code(volume: 0) == nil)
        #expect(code(open: 5, high: 5, low: 5, close: 5) == nil)
        #expect(code(open: 1e-8, high: 1e-8, low: 1e-8, close: 1e-8) == nil)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, 0, -1])
    func `with a price that is not a positive finite number is refused`(price: Double) {
        #expect(code(open: price) == .priceNotPositiveFinite)
        #expect(code(high: price) == .priceNotPositiveFinite)
        #expect(code(low: price) == .priceNotPositiveFinite)
        #expect(code(close: price) == .priceNotPositiveFinite)
    }

    @Test(arguments: [Double.nan, .infinity, -1])
    func `with a volume that is negative or not finite is refused`(volume: Double) {
        #expect(code(volume: volume) == .volumeNegativeOrNotFinite)
    }

    @Test func `whose low is above its high, or whose open or close is outside, is refused`() {
        #expect(code(high: 9, low: 12) == .lowAboveHigh)
        #expect(code(open: 13) == .priceOutsideRange)
        #expect(code(open: 8) == .priceOutsideRange)
        #expect(code(close: 13) == .priceOutsideRange)
        #expect(code(close: 8) == .priceOutsideRange)
    }

    @Test func `of a candle has the nearest doubles of its decimals`() throws {
        var candle = Candle()
        candle.openTime = MarketTime(micros: 42)
        candle.open = try Price.parse("0.00001128")
        candle.high = try Price.parse("0.00001130")
        candle.low = try Price.parse("0.00001127")
        candle.close = try Price.parse("0.00001129")
        candle.volume = try Quantity.parse("123456789.5")
        let bar = try Bar(candle)
        #expect(bar.openTime == MarketTime(micros: 42))
        #expect([bar.open, bar.high, bar.low, bar.close] == [0.00001128, 0.0000113, 0.00001127, 0.00001129])
        #expect(bar.volume == 123_456_789.5)
    }

    @Test func `out of order is refused and leaves the order as it was; a gap is not`() throws {
        var order = BarOrder()
        let bars = try still([1, 2, 3])
        try order.admit(bars[0])
        try order.admit(bars[2])
        let refusal = BarError(code: .notAfterPrevious, openTime: bars[2].openTime)
        #expect(throws: refusal) { try order.admit(bars[2]) }
        #expect(throws: BarError.self) { try order.admit(bars[1]) }
        #expect(order.count == 2 && order.lastOpenTime == bars[2].openTime)
        #expect("\(refusal)".contains("does not open after the bar before it"))
    }
}
