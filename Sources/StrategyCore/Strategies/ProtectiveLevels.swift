import Indicators
import TradingModel

/// The stop and target a strategy suggests with an entry, from the usual range of a candle.
///
/// `stop = C ∓ 2 · ATR(14)`, `target = C ± 3 · ATR(14)` (upper signs short for the stop, long for the target); both
/// factors are parameters of every strategy. Rounding to ticks and the last word are risk's. Two ranges are what a
/// candle does not cross by noise; three give a reward of 1.5 times the risk. Wilder, 1978, uses 2.8…3.1 ranges for
/// his volatility stop.
public struct ProtectiveLevels: Hashable, Sendable {
    public let stopLoss: Double
    public let takeProfit: Double

    /// The period of the ATR behind the levels.
    public static let period = 14

    static let stopFactor = Parameter.number(
        "stop_atr", 2, in: 0.25...10, "Distance of the suggested stop from the close, in ATR(14).")
    static let targetFactor = Parameter.number(
        "target_atr", 3, in: 0.25...30, "Distance of the suggested target from the close, in ATR(14).")
    /// Every strategy has these besides its own.
    static let parameters = [stopFactor, targetFactor]

    /// `nil` where no honest level exists: the range is undefined or 0, or a level would not be a positive price.
    public static func suggest(
        _ side: PositionSide, close: Double, averageTrueRange: Double?, parameters: ParameterValues
    ) -> ProtectiveLevels? {
        guard let range = averageTrueRange, range > 0 else { return nil }
        let sign = Double(side.sign)
        let stop = close - sign * parameters[stopFactor] * range
        let target = close + sign * parameters[targetFactor] * range
        guard stop > 0, target > 0, stop < .infinity, target < .infinity else { return nil }
        return ProtectiveLevels(stopLoss: stop, takeProfit: target)
    }
}
