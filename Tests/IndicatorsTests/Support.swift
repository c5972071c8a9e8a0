import Indicators
import Testing

@Test func `an EMA is seeded with the mean of its first values`() {
    var average = EMA(3)
    #expect([3.0, 6, 9, 12].map { average.update($0) } == [nil, nil, 6, 9])
}
