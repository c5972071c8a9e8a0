import RiskCore

/// Correlation and value at risk as `docs/risk.md` has them, worked out from the closes each time and remembering nothing.
enum NaivePortfolio {
    typealias Closes = [(time: Int64, close: Double)]

    /// The returns of each series over the closes that all of them have.
    static func shared(_ all: [Closes]) -> [[Double]]? {
        guard let start = all.compactMap(\.first?.time).max(), let end = all.compactMap(\.last?.time).min() else {
            return nil
        }
        var returns: [[Double]] = []
        for closes in all {
            let inside = closes.filter { $0.time >= start && $0.time <= end }.map(\.close)
            guard inside.count > 1 else { return nil }
            returns.append((1..<inside.count).map { inside[$0] / inside[$0 - 1] - 1 })
        }
        return returns.allSatisfy { $0.count == returns[0].count } ? returns : nil
    }

    static func correlation(_ a: Closes, _ b: Closes, minimum: Int) -> Double? {
        guard !a.isEmpty, !b.isEmpty, let both = shared([a, b]), both[0].count >= max(2, minimum) else { return nil }
        let means = both.map { $0.reduce(0, +) / Double($0.count) }
        var (xx, yy, xy) = (0.0, 0.0, 0.0)
        for (x, y) in zip(both[0], both[1]) {
            xx += (x - means[0]) * (x - means[0])
            yy += (y - means[1]) * (y - means[1])
            xy += (x - means[0]) * (y - means[1])
        }
        return xx > 0 && yy > 0 ? xy / (xx * yy).squareRoot() : nil
    }

    /// Thousandths, normal quantile, and the mean of the normal tail beyond it.
    private static func normal(_ confidence: ValueAtRiskRules.Confidence) -> (Int, Double, Double) {
        switch confidence {
        case .ninety: (900, 1.2815515655446008, 1.7549833193248678)
        case .ninetyFive: (950, 1.6448536269514715, 2.062712807507429)
        case .ninetySevenAndAHalf: (975, 1.9599639845400536, 2.3378027922014155)
        case .ninetyNine: (990, 2.3263478740408408, 2.665214220345806)
        }
    }

    /// Historical loss and tail, parametric loss and tail, as shares of equity.
    static func figures(
        _ positions: [(weight: Double, lossAtStop: Double, closes: Closes)], minimumReturns: Int, horizon: Int,
        confidence: ValueAtRiskRules.Confidence
    ) -> [Double] {
        let measured = positions.filter { $0.closes.count > minimumReturns }
        var rest = 0.0
        for position in positions where position.closes.count <= minimumReturns { rest += position.lossAtStop }
        var losses: [Double] = []
        if let returns = shared(measured.map(\.closes)), let count = returns.first?.count, count >= minimumReturns {
            for hour in 0..<count {
                var loss = 0.0
                for (position, own) in zip(measured, returns) { loss -= position.weight * own[hour] }
                losses.append(loss)
            }
        } else if !measured.isEmpty {
            rest = positions.reduce(0) { $0 + $1.lossAtStop }
        }
        guard !losses.isEmpty else { return [rest, rest, rest, rest] }
        let (perMille, quantile, tailMean) = normal(confidence)
        let scale = Double(horizon).squareRoot()
        let sorted = losses.sorted()
        var rank = 1
        while rank * 1_000 < sorted.count * perMille { rank += 1 }
        let tail = Array(sorted[(rank - 1)...])
        let deviation = (losses.map { $0 * $0 }.reduce(0, +) / Double(losses.count)).squareRoot()
        return [
            max(0, tail[0] * scale) + rest, max(0, tail.reduce(0, +) / Double(tail.count) * scale) + rest,
            quantile * deviation * scale + rest, tailMean * deviation * scale + rest,
        ]
    }
}
