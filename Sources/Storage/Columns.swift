import TradingModel

/// Hands over values in the order in which they are named, to the parameters of a statement or to a record of a
/// ``RedoLog``, so that no number has to be counted and a noun has one list of columns.
struct Binder {
    private let statement: Statement?
    private var index: Int32 = 0
    /// The record so far, where there is no statement: each value is one byte of what it is, and its bytes.
    private(set) var record: [UInt8] = []

    /// What follows the byte in a record.
    enum Tag {
        static let none: UInt8 = 0
        static let number: UInt8 = 1
        static let text: UInt8 = 2
    }

    init(_ statement: Statement) { self.statement = statement }

    init() {
        statement = nil
        record.reserveCapacity(1_024)
    }

    private mutating func next() -> Int32 {
        index += 1
        return index
    }

    mutating func text(_ value: String) {
        if let statement {
            _ = statement.bind(next(), value)
            return
        }
        var value = value
        value.withUTF8 { addText(UnsafeRawBufferPointer($0)) }
    }

    mutating func text(_ value: String?) {
        if let value { return text(value) }
        addNone()
    }

    mutating func number(_ value: Int64) {
        if let statement {
            _ = statement.bind(next(), value)
            return
        }
        record.append(Tag.number)
        withUnsafeBytes(of: value.littleEndian) { record.append(contentsOf: $0) }
    }

    mutating func number(_ value: Int) { number(Int64(value)) }
    mutating func flag(_ value: Bool) { number(value ? 1 as Int64 : 0) }
    mutating func time<T: Instant>(_ value: T) { number(value.micros) }

    mutating func time<T: Instant>(_ value: T?) {
        if let value { return number(value.micros) }
        addNone()
    }

    mutating func decimal<T: FixedPoint>(_ value: T) {
        if let statement {
            _ = statement.bind(next(), decimal: value)
            return
        }
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
            let start = T.write(value.raw, endingAt: 64, into: buffer)
            addText(UnsafeRawBufferPointer(rebasing: buffer[start..<64]))
        }
    }

    mutating func decimal<T: FixedPoint>(_ value: T?) {
        if let value { return decimal(value) }
        addNone()
    }

    private mutating func addNone() {
        if let statement {
            _ = statement.bind(next(), String?.none)
            return
        }
        record.append(Tag.none)
    }

    private mutating func addText(_ bytes: UnsafeRawBufferPointer) {
        record.append(Tag.text)
        withUnsafeBytes(of: UInt32(bytes.count).littleEndian) { record.append(contentsOf: $0) }
        record.append(contentsOf: bytes)
    }
}

/// A value of a record.
enum RecordValue: Hashable, Sendable {
    case none
    case number(Int64)
    case text(String)

    /// All values of a record, in order.
    static func all(in record: [UInt8]) throws(StorageError) -> [RecordValue] {
        var values: [RecordValue] = []
        var rest = record[...]
        func take(_ count: Int) throws(StorageError) -> ArraySlice<UInt8> {
            guard rest.count >= count else {
                throw StorageError(
                    code: .corrupt, description: "a record of the redo log ends in the middle of a value")
            }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }
        func integer(_ count: Int) throws(StorageError) -> UInt64 {
            try take(count).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        }
        while let tag = rest.popFirst() {
            switch tag {
            case Binder.Tag.none: values.append(.none)
            case Binder.Tag.number: values.append(.number(Int64(bitPattern: try integer(8))))
            case Binder.Tag.text:
                let length = Int(try integer(4))
                values.append(.text(String(decoding: try take(length), as: UTF8.self)))
            default:
                throw StorageError(
                    code: .corrupt, description: "a record of the redo log has a value of the unknown kind \(tag)")
            }
        }
        return values
    }
}

/// Reads columns in the order in which they are named, from a row or from a record of a ``RedoLog``.
struct Columns {
    private enum Source {
        case row(Row)
        case record([RecordValue])
    }

    private let source: Source
    private var index: Int32 = -1

    init(_ row: Row, from first: Int32 = 0) {
        source = .row(row)
        index = first - 1
    }

    init(_ record: [RecordValue]) { source = .record(record) }

    /// Whether every value of a record was read.
    var isAtEnd: Bool {
        if case .record(let values) = source { Int(index) + 1 >= values.count } else { false }
    }

    private mutating func next() -> Int32 {
        index += 1
        return index
    }

    private static func value(_ values: [RecordValue], _ column: Int32) -> RecordValue {
        values.indices.contains(Int(column)) ? values[Int(column)] : .none
    }

    mutating func textOrNil() -> String? {
        let column = next()
        switch source {
        case .row(let row): return row.textOrNil(column)
        case .record(let values):
            switch Self.value(values, column) {
            case .none: return nil
            case .number(let number): return String(number)
            case .text(let text): return text
            }
        }
    }

    private mutating func integerOrNil() -> Int64? {
        let column = next()
        switch source {
        case .row(let row): return row.isNull(column) ? nil : row.int64(column)
        case .record(let values):
            switch Self.value(values, column) {
            case .none: return nil
            case .number(let number): return number
            case .text(let text): return Int64(text)
            }
        }
    }

    mutating func text() -> String { textOrNil() ?? "" }
    mutating func number() -> Int { Int(integerOrNil() ?? 0) }
    mutating func flag() -> Bool { integerOrNil() ?? 0 != 0 }
    mutating func time<T: Instant>() -> T { T(micros: integerOrNil() ?? 0) }
    mutating func timeOrNil<T: Instant>() -> T? { integerOrNil().map { T(micros: $0) } }

    mutating func decimal<T: FixedPoint>() throws(StorageError) -> T {
        try Self.parse(text())
    }

    mutating func decimalOrNil<T: FixedPoint>() throws(StorageError) -> T? {
        guard let text = textOrNil() else { return nil }
        return try Self.parse(text)
    }

    private static func parse<T: FixedPoint>(_ text: String) throws(StorageError) -> T {
        do throws(DecimalError) { return try T.parse(text) } catch {
            throw StorageError(code: .corrupt, description: "a stored value is damaged: \(error)")
        }
    }

    mutating func value<T: RawRepresentable>() throws(StorageError) -> T where T.RawValue == String {
        let text = text()
        guard let value = T(rawValue: text) else {
            throw StorageError(code: .corrupt, description: "a stored value is damaged: \"\(text)\" is no \(T.self)")
        }
        return value
    }

    mutating func valueOrNil<T: RawRepresentable>() throws(StorageError) -> T? where T.RawValue == String {
        guard let text = textOrNil() else { return nil }
        guard let value = T(rawValue: text) else {
            throw StorageError(code: .corrupt, description: "a stored value is damaged: \"\(text)\" is no \(T.self)")
        }
        return value
    }

    mutating func symbol() throws(StorageError) -> Symbol {
        let name = text()
        guard let symbol = Symbol(name) else {
            throw StorageError(code: .corrupt, description: "a stored value is damaged: \"\(name)\" is no symbol")
        }
        return symbol
    }

    mutating func orderID() throws(StorageError) -> ClientOrderID {
        let text = text()
        guard let id = ClientOrderID(text) else {
            throw StorageError(
                code: .corrupt, description: "a stored value is damaged: \"\(text)\" is no client order id")
        }
        return id
    }
}
