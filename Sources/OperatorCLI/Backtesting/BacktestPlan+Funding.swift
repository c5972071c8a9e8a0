import Simulation
import TradingModel

extension BacktestPlan {
    /// `0.01%` or `-0.005%` for every symbol every 8 hours, or the file of a table.
    static func funding(_ text: String, of symbols: [Symbol]) throws(Failure) -> FundingSchedule {
        if text.hasSuffix("%") {
            guard let percent = Ratio(String(text.dropLast())), percent.magnitude < Ratio(100) else {
                throw Failure("--funding \(text) is no rate: write it as 0.01% (longs pay) or -0.01% (shorts pay)")
            }
            return FundingSchedule(constant: Ratio(raw: percent.raw / 100))
        }
        let bytes = try TextInput.read(text)
        do throws(FundingTableError) {
            return try FundingSchedule(table: String(decoding: bytes, as: UTF8.self), symbols: symbols)
        } catch {
            throw Failure("--funding \(text): \(error)")
        }
    }
}
