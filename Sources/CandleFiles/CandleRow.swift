import TradingModel

/// One row, exact.
struct Row: Hashable, Sendable {
    var openTime: MarketTime
    var open: Price
    var high: Price
    var low: Price
    var close: Price
    var volume: Quantity
}

/// What is wrong with a row, without file and line.
struct RowFault: Error {
    let sentence: String
}

/// The bytes of the six fields of a row, in the order of ``CandleColumns/roles``.
struct RowFields {
    typealias Field = UnsafeRawBufferPointer
    var time = Field(start: nil, count: 0)
    var open = Field(start: nil, count: 0)
    var high = Field(start: nil, count: 0)
    var low = Field(start: nil, count: 0)
    var close = Field(start: nil, count: 0)
    var volume = Field(start: nil, count: 0)
}

extension CandleColumns {
    /// Splits a line; every field is there, none is parsed.
    func split(_ line: UnsafeRawBufferPointer) -> Result<RowFields, RowFault> {
        var fields = RowFields()
        var (start, field) = (0, 0)
        while field < roleOfField.count {
            var end = start
            while end < line.count, line[end] != separator { end += 1 }
            // The last field ends the line, the others do not.
            guard (end == line.count) == (field == roleOfField.count - 1) else { return .failure(fault(of: line)) }
            let bytes = trimmed(UnsafeRawBufferPointer(rebasing: line[start..<end]))
            switch roleOfField[field] {
            case 0: fields.time = bytes
            case 1: fields.open = bytes
            case 2: fields.high = bytes
            case 3: fields.low = bytes
            case 4: fields.close = bytes
            case 5: fields.volume = bytes
            default: break
            }
            start = end + 1
            field += 1
        }
        return .success(fields)
    }

    /// The open time of a row; the rest is only counted where it is in front of it.
    func time(_ line: UnsafeRawBufferPointer) -> Result<MarketTime, RowFault> {
        if roleOfField[0] == 0 {
            let end = line.firstIndex(of: separator) ?? line.count
            return time(field: trimmed(UnsafeRawBufferPointer(rebasing: line[..<end])))
        }
        return split(line).flatMap { time(field: $0.time) }
    }

    func exactRow(_ line: UnsafeRawBufferPointer) -> Result<Row, RowFault> {
        let (time, fields): (MarketTime, RowFields)
        switch timeAndFields(line) {
        case .failure(let fault): return .failure(fault)
        case .success(let found): (time, fields) = found
        }
        var column = 1
        do throws(DecimalError) {
            let open = try Price.parse(fields.open)
            column = 2
            let high = try Price.parse(fields.high)
            column = 3
            let low = try Price.parse(fields.low)
            column = 4
            let close = try Price.parse(fields.close)
            column = 5
            let volume = try Self.volume(fields.volume)
            return .success(Row(openTime: time, open: open, high: high, low: low, close: close, volume: volume))
        } catch {
            return .failure(RowFault(sentence: "\(names[column]) is not a number: \(error)"))
        }
    }

    func numbers(_ line: UnsafeRawBufferPointer) -> Result<CandleNumbers, RowFault> {
        let (time, fields): (MarketTime, RowFields)
        switch timeAndFields(line) {
        case .failure(let fault): return .failure(fault)
        case .success(let found): (time, fields) = found
        }
        guard let open = DecimalField.double(fields.open) else { return .failure(notANumber(1, fields.open)) }
        guard let high = DecimalField.double(fields.high) else { return .failure(notANumber(2, fields.high)) }
        guard let low = DecimalField.double(fields.low) else { return .failure(notANumber(3, fields.low)) }
        guard let close = DecimalField.double(fields.close) else { return .failure(notANumber(4, fields.close)) }
        guard let volume = DecimalField.double(fields.volume) else { return .failure(notANumber(5, fields.volume)) }
        return .success(
            CandleNumbers(openTime: time, open: open, high: high, low: low, close: close, volume: volume))
    }

    private func timeAndFields(_ line: UnsafeRawBufferPointer) -> Result<(MarketTime, RowFields), RowFault> {
        switch split(line) {
        case .failure(let fault):
            // A row without a time is told so rather than counted.
            if case .failure(let fault) = time(line) { return .failure(fault) }
            return .failure(fault)
        case .success(let fields): return time(field: fields.time).map { ($0, fields) }
        }
    }

    /// Sums of volumes carry the rounding of binary floating point, far behind the twelfth decimal: it is rounded off.
    private static func volume(_ field: UnsafeRawBufferPointer) throws(DecimalError) -> Quantity {
        do throws(DecimalError) {
            return try Quantity.parse(field)
        } catch {
            guard error.code == .tooManyFractionDigits, let value = DecimalField.double(field),
                let quantity = Quantity(rounding: value, .halfEven)
            else { throw error }
            return quantity
        }
    }

    private func trimmed(_ field: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        guard isQuoted, field.count >= 2, field[0] == 34, field[field.count - 1] == 34 else { return field }
        return UnsafeRawBufferPointer(rebasing: field[1..<field.count - 1])
    }

    private func time(field: UnsafeRawBufferPointer) -> Result<MarketTime, RowFault> {
        if let time = CandleTime.parse(field, unit: timeUnit) { return .success(time) }
        let expected =
            switch timeUnit {
            case .milliseconds: "the open time in milliseconds since 1970, before 2100"
            case .any:
                "the open time, in seconds, milliseconds or microseconds since 1970 or like 2025-01-31T23:59:00Z, before 2100"
            }
        let text = String(decoding: field.prefix(40), as: UTF8.self)
        return .failure(RowFault(sentence: "\(names[0]) is \"\(text)\", but must be \(expected)"))
    }

    private func notANumber(_ role: Int, _ field: UnsafeRawBufferPointer) -> RowFault {
        let text = String(decoding: field.prefix(40), as: UTF8.self)
        return RowFault(
            sentence: text.isEmpty
                ? "\(names[role]) is empty: write a decimal number such as 12.5"
                : "\(names[role]) is \"\(text)\", which is not a number: write digits with at most one point, such as 12.5"
        )
    }

    private func fault(of line: UnsafeRawBufferPointer) -> RowFault {
        let count = line.count { $0 == separator } + 1
        let wanted = hasHeader ? "\(roleOfField.count) (\(expectedHeader))" : "\(roleOfField.count) like the first row"
        let text = String(decoding: line.prefix(60), as: UTF8.self)
        return RowFault(sentence: "the row \"\(text)\" has \(count) fields, but must have \(wanted)")
    }

    private var expectedHeader: String {
        let sorted = roleOfField.map { $0 < 0 ? "…" : names[Int($0)] }
        return sorted.count <= 12 ? sorted.joined(separator: ",") : "as the header has"
    }
}
