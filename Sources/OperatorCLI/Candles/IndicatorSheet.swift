import CandleFiles
import Indicators
import StrategyCore
import TradingModel

/// Writes an ``IndicatorTable`` as CSV: rows are computed one after the other by the streaming code, and blocks of them
/// turned into text, and packed, beside it.
enum IndicatorSheet {
    /// Rows that are turned into text at once.
    private static let block = 2_048
    /// Blocks on their way at once, so that memory stays bounded.
    private static let inFlight = 4

    /// Writes all rows in order; `progress` is told how many are computed. Returns the number of rows.
    @concurrent
    static func write(
        _ bars: [Bar], packed: Bool, progress: @Sendable (Int) -> Void, to sink: (sending [UInt8]) throws -> Void
    ) async throws -> Int {
        try sink(piece(Array((IndicatorTable.header.joined(separator: ",") + "\n").utf8), packed: packed))
        var table = IndicatorTable()
        return try await withThrowingTaskGroup(of: (Int, [UInt8]).self) { group in
            var texts: [Int: [UInt8]] = [:]
            var (next, written, count) = (0, 0, 0)
            func takeOne() async throws {
                guard let (index, text) = try await group.next() else { return }
                texts[index] = text
                while let text = texts.removeValue(forKey: written) {
                    try sink(text)
                    written += 1
                }
            }
            while count < bars.count {
                let range = count..<min(count + block, bars.count)
                var values: [Double] = []
                values.reserveCapacity(range.count * IndicatorTable.columns.count)
                for index in range { try table.append(bars[index], to: &values) }
                count = range.upperBound
                progress(count)
                if next - written >= inFlight { try await takeOne() }
                let index = next
                group.addTask { [values] in (index, piece(text(values), packed: packed)) }
                next += 1
            }
            while written < next { try await takeOne() }
            return count
        }
    }

    private static func piece(_ bytes: [UInt8], packed: Bool) -> [UInt8] { packed ? GzipMember.of(bytes) : bytes }

    /// Rows as text; numbers read back the same.
    static func text(_ values: [Double]) -> [UInt8] {
        let columns = IndicatorTable.columns
        let words = Regime.allCases.map { Array($0.rawValue.utf8) }
        // The longest cell is a number of 17 digits with sign, point and exponent; `room` beyond the last.
        let capacity = values.count * 26 + ShortestDouble.room
        return [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            guard let start = buffer.baseAddress else { return }
            var position = start
            var column = 0
            for value in values {
                if !value.isNaN {
                    switch columns[column] {
                    case .number: position = ShortestDouble.write(value, to: position)
                    case .whole: position = DecimalText.write(UInt64(value), to: position)
                    case .flag:
                        position.pointee = UInt8(ascii: "0") + (value != 0 ? 1 : 0)
                        position += 1
                    case .regime:
                        for byte in words[Int(value)] {
                            position.pointee = byte
                            position += 1
                        }
                    }
                }
                column += 1
                let isLast = column == columns.count
                position.pointee = isLast ? UInt8(ascii: "\n") : UInt8(ascii: ",")
                position += 1
                if isLast { column = 0 }
            }
            count = position - start
        }
    }
}
