/// The rolling volume-weighted average price: `m = ΣTP·V / ΣV` over `period` candles, with the deviation around it.
///
/// `sd = sqrt(ΣV·(TP - m)² / ΣV)`. First defined at `period - 1`; undefined while no candle of the window has volume.
/// The sums are taken of `TP - K` with K near the window's prices, as in ``BollingerBands``; O(1), O(period) where K
/// has to move. VWAP as benchmark: Berkowitz, Logue, Noser, *The Total Cost of Transactions on the NYSE*, 1988.
public struct VWAP: StreamingIndicator {
    public struct Output: Hashable, Sendable {
        public let mean: Double
        public let deviation: Double
    }

    public let period: Int
    public private(set) var value: Output?
    private var prices: Ring
    private var volumes: Ring
    private var traded = 0
    private var shift = 0.0
    private var weight = CompensatedSum()
    private var first = CompensatedSum()
    private var second = CompensatedSum()

    public init(_ period: Int) {
        self.period = period
        prices = Ring(period)
        volumes = Ring(period)
    }

    @discardableResult
    public mutating func update(_ bar: Bar) -> Output? {
        let typical = bar.typicalPrice
        let wasFull = prices.isFull
        let oldPrice = prices.push(typical)
        let oldVolume = volumes.push(bar.volume)
        if bar.volume > 0 { traded += 1 }
        if let oldVolume, oldVolume > 0 { traded -= 1 }
        guard prices.isFull else { return nil }
        if wasFull, let oldPrice, let oldVolume {
            add(oldPrice - shift, -oldVolume)
            add(typical - shift, bar.volume)
        } else {
            sumAfresh(around: typical)
        }
        guard traded > 0 else {
            // No residue of what has left may weigh on the first trade that comes.
            sumAfresh(around: typical)
            value = nil
            return nil
        }
        value = output()
        return value
    }

    private mutating func output() -> Output {
        var (offset, variance, isTrusted) = moments()
        if !isTrusted {
            sumAfresh(around: shift + offset)
            (offset, variance, _) = moments()
        }
        return Output(mean: shift + offset, deviation: max(variance, 0).squareRoot())
    }

    /// The mean's distance from the shift, the variance, and whether the latter kept enough digits.
    private func moments() -> (offset: Double, variance: Double, isTrusted: Bool) {
        let total = weight.value
        let offset = first.value / total
        let square = second.value / total
        let variance = square - offset * offset
        return (offset, variance, variance >= 1e-6 * square || abs(offset) <= 1e-14 * abs(shift))
    }

    private mutating func add(_ distance: Double, _ volume: Double) {
        weight.add(volume)
        first.add(distance * volume)
        second.add(distance * distance * volume)
    }

    private mutating func sumAfresh(around centre: Double) {
        shift = centre
        weight.reset()
        first.reset()
        second.reset()
        for index in 0..<period { add(prices.storage[index] - shift, volumes.storage[index]) }
    }
}
