import TradingModel

/// Appends JSON text to a block of memory that grows as needed.
///
/// It never fails in the middle: a value that the wire cannot carry (a number that is not finite, an integer beyond
/// 2⁵³ - 1, an amount out of range, an id that was never set) is noted, and encoding ends in a ``WireError``. The
/// memory belongs to ``withMemory(_:)``; a copy of a writer must not outlive it.
public struct JSONWriter {
    /// The largest integer that every JSON library reads exactly.
    @usableFromInline static let largestInteger: Int64 = (1 << 53) - 1

    var start: UnsafeMutablePointer<UInt8>
    var position: UnsafeMutablePointer<UInt8>
    var end: UnsafeMutablePointer<UInt8>
    /// Whether `start` was allocated here, because the first block did not suffice.
    var isAllocated = false
    var failure: Failure = .none
    /// The innermost field that holds the failure.
    var failedField: StaticString?

    /// Why a value cannot be written.
    enum Failure: UInt8 {
        case none, notFinite, integerOutOfRange, amountOutOfRange, notSet
    }

    init(_ memory: UnsafeMutableRawBufferPointer) {
        // A temporary allocation of more than zero bytes has a base address.
        let base = memory.baseAddress?.assumingMemoryBound(to: UInt8.self) ?? UnsafeMutablePointer.allocate(capacity: 0)
        start = base
        position = base
        end = base + memory.count
    }

    var count: Int { position - start }
    var written: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

    /// Room for `bytes` more.
    @inline(__always)
    mutating func reserve(_ bytes: Int) {
        if end - position < bytes { grow(bytes) }
    }

    @inline(never)
    private mutating func grow(_ bytes: Int) {
        let used = count
        let capacity = max((end - start) * 2, used + bytes + 256)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        larger.update(from: start, count: used)
        if isAllocated { start.deallocate() }
        isAllocated = true
        start = larger
        position = larger + used
        end = larger + capacity
    }

    /// Notes the first failure.
    @inline(never)
    mutating func fail(_ why: Failure) {
        if failure == .none { failure = why }
    }

    // MARK: Raw pieces. The caller has reserved the room.

    @inline(__always)
    mutating func put(_ byte: UInt8) {
        position.pointee = byte
        position += 1
    }

    @inline(__always)
    mutating func put(_ text: StaticString) {
        let count = text.utf8CodeUnitCount
        position.update(from: text.utf8Start, count: count)
        position += count
    }

    // MARK: Values

    mutating func write(_ value: Bool) {
        reserve(5)
        if value { put("true") } else { put("false") }
    }

    mutating func writeNull() {
        reserve(4)
        put("null")
    }

    /// An integer of at most 2⁵³ - 1 in magnitude.
    @inline(__always)
    mutating func write(_ value: Int64) {
        reserve(32)
        guard value.magnitude <= Self.largestInteger.magnitude else { return fail(.integerOutOfRange) }
        var place = position
        if value < 0 {
            place.pointee = UInt8(ascii: "-")
            place += 1
        }
        position = DecimalText.write(value.magnitude, to: place)
    }

    /// The shortest text that reads back as the same number.
    mutating func write(_ value: Double) {
        guard value.isFinite else { return fail(.notFinite) }
        var text = value.description
        text.withUTF8 { utf8 in
            reserve(utf8.count)
            guard let base = utf8.baseAddress else { return }
            position.update(from: base, count: utf8.count)
            position += utf8.count
        }
    }

    /// A string in quotes; `"`, `\` and control characters are escaped, everything else is UTF-8 as it is.
    mutating func write(_ value: String) {
        if value.utf8.withContiguousStorageIfAvailable({ write(utf8: $0) }) == nil {
            // Never so for a native string; a bridged one is copied first.
            Array(value.utf8).withUnsafeBufferPointer { write(utf8: $0) }
        }
    }

    /// A string that is known to need no escape: a symbol, an id, one of a closed set of words.
    @inline(__always)
    mutating func write(plain value: String) {
        let isWritten: Void? = value.utf8.withContiguousStorageIfAvailable { utf8 in
            reserve(utf8.count + 2)
            let place = position
            place.pointee = UInt8(ascii: "\"")
            if let source = utf8.baseAddress { (place + 1).update(from: source, count: utf8.count) }
            place[utf8.count + 1] = UInt8(ascii: "\"")
            position = place + (utf8.count + 2)
        }
        if isWritten == nil { write(value) }
    }

    mutating func write(utf8: UnsafeBufferPointer<UInt8>) {
        // Whole words are written: up to seven bytes beyond the text, and the closing quote.
        reserve(utf8.count + 10)
        var place = position
        place.pointee = UInt8(ascii: "\"")
        place += 1
        if var cursor = utf8.baseAddress {
            var left = utf8.count
            while left > 0 {
                let taken = min(left, 8)
                let word = JSONText.load(cursor, taken)
                guard JSONText.marks(word) == 0 else { break }
                UnsafeMutableRawPointer(place).storeBytes(of: word.littleEndian, as: UInt64.self)
                place += taken
                cursor += taken
                left -= taken
            }
            if left > 0 {
                position = place
                writeEscaped(UnsafeBufferPointer(start: cursor, count: left))
                place = position
            }
        }
        place.pointee = UInt8(ascii: "\"")
        position = place + 1
    }

    /// The rest of a string from its first character that needs an escape; leaves room for the closing quote.
    @inline(never)
    private mutating func writeEscaped(_ utf8: UnsafeBufferPointer<UInt8>) {
        reserve(utf8.count * 6 + 1)
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "\""): put("\\\"")
            case UInt8(ascii: "\\"): put("\\\\")
            case UInt8(ascii: "\n"): put("\\n")
            case UInt8(ascii: "\r"): put("\\r")
            case UInt8(ascii: "\t"): put("\\t")
            case 0..<0x20:
                put("\\u00")
                put(byte < 0x10 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
                put(Self.hexDigit(byte & 0xf))
            default: put(byte)
            }
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    /// Runs `body` with a writer over a block on the stack and releases what the writer allocated beyond it.
    static func withMemory<R>(_ body: (inout JSONWriter) -> R) -> R {
        withUnsafeTemporaryAllocation(byteCount: 1_024, alignment: 16) { memory in
            var writer = JSONWriter(memory)
            defer { if writer.isAllocated { writer.start.deallocate() } }
            return body(&writer)
        }
    }

    /// The error for the noted failure, if there is one.
    var error: WireError? {
        let path = failedField?.description ?? ""
        switch failure {
        case .none: return nil
        case .notFinite:
            return WireError(.notFinite, path: path, offset: count, "a number that is not finite cannot be written")
        case .integerOutOfRange:
            return WireError(
                .outOfRange, path: path, offset: count,
                "an integer beyond 9007199254740991 in magnitude cannot be written")
        case .amountOutOfRange:
            return WireError(
                .outOfRange, path: path, offset: count, "an amount beyond the range of its type cannot be written")
        case .notSet:
            return WireError(.badValue, path: path, offset: count, "a name or id that was never set cannot be written")
        }
    }
}

/// Looks at eight bytes of text at once.
enum JSONText {
    static let ones: UInt64 = 0x0101_0101_0101_0101
    static let tops: UInt64 = 0x8080_8080_8080_8080

    /// One to eight bytes as a word, the first one lowest, the missing ones spaces.
    @inline(__always)
    static func load(_ place: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
        let raw = UnsafeRawPointer(place)
        if count == 8 { return UInt64(littleEndian: raw.loadUnaligned(as: UInt64.self)) }
        var word: UInt64
        if count >= 4 {
            // Two halves that overlap where there are fewer than eight.
            let low = UInt64(UInt32(littleEndian: raw.loadUnaligned(as: UInt32.self)))
            let high = UInt64(UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self)))
            word = low | high << UInt64((count - 4) * 8)
        } else {
            word =
                UInt64(place[0]) | UInt64(place[count >> 1]) << UInt64((count >> 1) * 8) | UInt64(place[count - 1])
                << UInt64((count - 1) * 8)
        }
        word |= (ones &* 0x20) << UInt64(count * 8)
        return word
    }

    /// The top bit of each byte that is a control character, a quote or a backslash; bits above the lowest may be wrong.
    @inline(__always)
    static func marks(_ word: UInt64) -> UInt64 {
        let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
        // Subtracting sets a byte's top bit where the byte is sought; a borrow spoils only bytes above the first hit.
        let isControl = (word &- ones &* 0x20) & ~word
        let isQuote = (quote &- ones) & ~quote
        let isBackslash = (backslash &- ones) & ~backslash
        return (isControl | isQuote | isBackslash) & tops
    }
}
