public import TradingModel

/// An exact decimal: a string on the wire, so that no JSON library rounds it.
extension WireValue where Self: FixedPoint {
    public static var blank: Self { .zero }

    public static func write(_ value: Self, to writer: inout JSONWriter) {
        // What fits 64 bits is within the range of every dimension; only for the rest it is looked up.
        guard UInt64(truncatingIfNeeded: value.raw >> 64) == 0 || isInRange(value) else {
            return writer.fail(.amountOutOfRange)
        }
        writer.reserve(DecimalText.room + 2)
        writer.position.pointee = UInt8(ascii: "\"")
        let end = DecimalText.write(value.raw, fractionDigits: fractionDigits, to: writer.position + 1)
        end.pointee = UInt8(ascii: "\"")
        writer.position = end + 1
    }

    @inline(never)
    private static func isInRange(_ value: Self) -> Bool { value.raw.magnitude <= UInt128(largestWhole * scale) }

    @inline(__always)
    public static func read(from reader: inout JSONReader) throws(WireError) -> Self {
        if reader.next == UInt8(ascii: "\""),
            let (raw, quote) = DecimalText.readQuoted(
                reader.position + 1, before: reader.end, fractionDigits: fractionDigits)
        {
            reader.position = quote + 1
            return Self(raw: raw)
        }
        return try readUnusual(from: &reader)
    }

    @inline(never)
    private static func readUnusual(from reader: inout JSONReader) throws(WireError) -> Self {
        let place = reader.position
        guard reader.next == UInt8(ascii: "\"") else { throw reader.expected("a decimal in quotes") }
        do throws(DecimalError) {
            if let plain = reader.takePlainString() { return try parse(UnsafeRawBufferPointer(plain)) }
        } catch { throw Self.unreadable(error, reader, place) }
        let text = String(decoding: try reader.readStringBytes(), as: UTF8.self)
        do throws(DecimalError) { return try parse(text) } catch { throw Self.unreadable(error, reader, place) }
    }

    @inline(never)
    private static func unreadable(
        _ error: DecimalError, _ reader: JSONReader, _ place: UnsafePointer<UInt8>
    ) -> WireError {
        reader.error(error.code == .outOfRange ? .outOfRange : .badValue, at: place, error.description)
    }

    public static func schema(_ schemas: inout SchemaBuilder) -> JSONSchema {
        JSONSchema([
            "type": "string", "pattern": .string("^-?[0-9]+(\\.[0-9]{1,\(fractionDigits)})?$"),
            "description": .string(
                "\(Self.self): an exact decimal with at most \(fractionDigits) decimals, at most \(largestWhole) in magnitude"
            ),
        ])
    }
}

extension Price: WireValue {}
extension Quantity: WireValue {}
extension Money: WireValue {}
extension Ratio: WireValue {}

/// A moment: integer microseconds since 1970-01-01 00:00 UTC, not before it.
extension WireValue where Self: Instant {
    public static var blank: Self { Self(micros: 0) }

    public static func write(_ value: Self, to writer: inout JSONWriter) {
        guard value.micros >= 0 else { return writer.fail(.integerOutOfRange) }
        writer.write(value.micros)
    }

    public static func read(from reader: inout JSONReader) throws(WireError) -> Self {
        let place = reader.position
        let micros = try reader.readInteger()
        guard micros >= 0 else {
            throw reader.error(.outOfRange, at: place, "a time before 1970 (\(micros)) is not accepted")
        }
        return Self(micros: micros)
    }

    public static func schema(_ schemas: inout SchemaBuilder) -> JSONSchema {
        let clock = Self.self == WallTime.self ? "by the sender's own clock" : "by the market's clock"
        return JSONSchema([
            "type": "integer", "minimum": .integer(0), "maximum": .integer(Int(JSONWriter.largestInteger)),
            "description": .string("microseconds since 1970-01-01T00:00:00Z, \(clock)"),
        ])
    }
}

extension MarketTime: WireValue {}
extension WallTime: WireValue {}

extension Span: WireValue {
    public static var blank: Span { .zero }
    public static func write(_ value: Span, to writer: inout JSONWriter) { writer.write(value.micros) }
    public static func read(from reader: inout JSONReader) throws(WireError) -> Span {
        Span(micros: try reader.readInteger())
    }
    public static func schema(_ schemas: inout SchemaBuilder) -> JSONSchema {
        JSONSchema([
            "type": "integer", "minimum": .integer(-Int(JSONWriter.largestInteger)),
            "maximum": .integer(Int(JSONWriter.largestInteger)),
            "description": "a length of time in microseconds",
        ])
    }
}

extension Symbol: WireValue {
    public static var blank: Symbol { .none }

    public static func write(_ value: Symbol, to writer: inout JSONWriter) {
        guard !value.name.utf8.isEmpty else { return writer.fail(.notSet) }
        writer.write(plain: value.name)
    }

    public static func read(from reader: inout JSONReader) throws(WireError) -> Symbol {
        let place = reader.position
        var name = ""
        if let plain = reader.takePlainString() {
            if let symbol = Symbol(utf8: plain) { return symbol }
            name = String(decoding: plain, as: UTF8.self)
        } else {
            name = try reader.readString()
            if let symbol = Symbol(name) { return symbol }
        }
        throw reader.error(
            .badValue, at: place, "\"\(name.prefix(40))\" is not a symbol such as BTC/USDT or BTC/USDT:USDT")
    }

    public static func schema(_ schemas: inout SchemaBuilder) -> JSONSchema {
        JSONSchema([
            "type": "string", "pattern": "^[A-Z0-9._-]{1,20}/[A-Z0-9._-]{1,20}(:[A-Z0-9._-]{1,20})?$",
            "maxLength": .integer(48),
            "description": "BASE/QUOTE, or BASE/QUOTE:SETTLE for a derivative",
        ])
    }
}

extension VenueID: WireValue {
    public static var blank: VenueID { .none }
    public static func write(_ value: VenueID, to writer: inout JSONWriter) { writer.write(value.name) }
    public static func read(from reader: inout JSONReader) throws(WireError) -> VenueID {
        VenueID(try reader.readString())
    }
    public static func schema(_ schemas: inout SchemaBuilder) -> JSONSchema {
        JSONSchema([
            "type": "string",
            "description": "an exchange, or what stands in for one: binance, bybit, mexc, simulated, recording",
        ])
    }
}

extension ClientOrderID: WireValue {
    public static var blank: ClientOrderID { .none }

    public static func write(_ value: ClientOrderID, to writer: inout JSONWriter) {
        guard !value.text.utf8.isEmpty else { return writer.fail(.notSet) }
        writer.write(plain: value.text)
    }

    public static func read(from reader: inout JSONReader) throws(WireError) -> ClientOrderID {
        let place = reader.position
        let text = try reader.readString()
        if let id = ClientOrderID(text) { return id }
        throw reader.error(
            .badValue, at: place, "\"\(text.prefix(40))\" is not an order id: 1 to 36 of A-Z a-z 0-9 _ -")
    }

    public static func schema(_ schemas: inout SchemaBuilder) -> JSONSchema {
        JSONSchema(["type": "string", "pattern": "^[A-Za-z0-9_-]{1,36}$", "description": "our id of an order"])
    }
}

extension Timeframe: WireValue {}
extension PositionSide: WireValue {}
extension OrderSide: WireValue {}
extension SignalAction: WireValue {}
extension Regime: WireValue {}
extension ContributionOutcome: WireValue {}
extension DialogueOutcome: WireValue {}
extension DenialReason: WireValue {}
extension TradingState: WireValue {}
extension ExitReason: WireValue {}
extension ExitPlanStatus: WireValue {}
extension OrderPurpose: WireValue {}
extension OrderType: WireValue {}
extension TimeInForce: WireValue {}
extension OrderStatus: WireValue {}
extension Liquidity: WireValue {}
extension OperatorCommand.Verb: WireValue {}
extension AlertCommand.Verb: WireValue {}
extension Refusal.Code: WireValue {}
extension Health.Condition: WireValue {}
