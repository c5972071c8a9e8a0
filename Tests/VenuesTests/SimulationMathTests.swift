import Foundation
import Testing
import TradingModel

@testable import Venues

@Suite("Simulation mathematics")
struct SimulationMathTests {
    @Test("exp and ln agree with the mathematical library to the last digits")
    func library() {
        var generator = SeededGenerator(seed: 1)
        var worst = (exp: 0.0, ln: 0.0)
        for _ in 0..<100_000 {
            let x = generator.uniform(-40, 40)
            worst.exp = max(worst.exp, abs(SimulationMath.exp(x) / Foundation.exp(x) - 1))
            let y = Foundation.exp(generator.uniform(-300, 300))
            worst.ln = max(worst.ln, abs(SimulationMath.ln(y) - Foundation.log(y)) / max(1, abs(Foundation.log(y))))
        }
        #expect(worst.exp < 1e-14)
        #expect(worst.ln <= 1e-15)
        #expect(SimulationMath.exp(0) == 1)
        #expect(SimulationMath.ln(1) == 0)
    }

    @Test(
        "The normal quantile has its known values",
        arguments: [
            (0.5, 0.0), (0.975, 1.959_963_984_540_054), (0.025, -1.959_963_984_540_054), (0.841_344_746_068_543, 1),
            (0.99, 2.326_347_874_040_841),
            (0.001, -3.090_232_306_167_813), (1e-9, -5.997_807_015_007_686),
        ])
    func quantile(p: Double, z: Double) {
        #expect(abs(SimulationMath.normalQuantile(p) - z) < 1e-7)
    }

    @Test("Normal and exponential draws have their moments")
    func moments() {
        var generator = SeededGenerator(seed: 2)
        let normal = (0..<200_000).map { _ in generator.normal() }
        #expect(abs(normal.reduce(0, +) / 200_000) < 0.01)
        #expect(abs(normal.reduce(0) { $0 + $1 * $1 } / 200_000 - 1) < 0.02)
        let waits = (0..<200_000).map { _ in generator.exponential() }
        #expect(abs(waits.reduce(0, +) / 200_000 - 1) < 0.02)
    }
}
