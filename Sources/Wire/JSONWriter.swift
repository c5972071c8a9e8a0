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
        reserve(24)
        if value < 0 {
            guard value >= -Self.largestInteger else { return fail(.integerOutOfRange) }
            put(UInt8(ascii: "-"))
        } else if value > Self.largestInteger {
            return fail(.integerOutOfRange)
        }
        position = DecimalDigits.write(value.magnitude, to: position)
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
        var value = value
        value.withUTF8 { write(utf8: $0) }
    }

    mutating func write(utf8: UnsafeBufferPointer<UInt8>) {
        reserve(utf8.count + 2)
        put(UInt8(ascii: "\""))
        var index = 0
        while index < utf8.count {
            let byte = utf8[index]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { break }
            put(byte)
            index += 1
        }
        if index < utf8.count { writeEscaped(UnsafeBufferPointer(rebasing: utf8[index...])) }
        put(UInt8(ascii: "\""))
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
        withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 16) { memory in
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
        case .notFinite: return WireError(.notFinite, path: path, offset: count, "a number that is not finite cannot be written")
        case .integerOutOfRange:
            return WireError(.outOfRange, path: path, offset: count, "an integer beyond 9007199254740991 in magnitude cannot be written")
        case .amountOutOfRange:
            return WireError(.outOfRange, path: path, offset: count, "an amount beyond the range of its type cannot be written")
        case .notSet: return WireError(.badValue, path: path, offset: count, "a name or id that was never set cannot be written")
        }
    }
}

/// Decimal digits of unsigned integers, two at a time.
enum DecimalDigits {
    @inline(__always)
    private static var pairs: StaticString {
        """
        00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354\
        555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899
        """
    }

    /// Writes `value` without leading zeros and returns the end.
    @inline(__always)
    static func write(_ value: UInt64, to start: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        let count = digitCount(value)
        let table = pairs.utf8Start
        var position = start + count
        var rest = value
        while rest >= 100 {
            let pair = Int(truncatingIfNeeded: rest % 100) &* 2
            rest /= 100
            position -= 2
            position[0] = table[pair]
            position[1] = table[pair &+ 1]
        }
        if rest >= 10 {
            let pair = Int(truncatingIfNeeded: rest) &* 2
            start[0] = table[pair]
            start[1] = table[pair &+ 1]
        } else {
            start[0] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest)
        }
        return start + count
    }

    /// How many decimal digits `value` has; 1 for zero.
    @inline(__always)
    static func digitCount(_ value: UInt64) -> Int {
        // 1233 / 4096 approximates log10(2) closely enough for 64 bits; the comparison corrects the one-off.
        // Zero has one digit: the lowest bit changes no other value's count.
        let nonZero = value | 1
        let bits = 64 &- nonZero.leadingZeroBitCount
        let estimate = (bits &* 1_233) >> 12
        return estimate &+ (nonZero >= power(estimate) ? 1 : 0)
    }

    @inline(__always)
    static func power(_ exponent: Int) -> UInt64 {
        switch exponent {
        case 0: 1
        case 1: 10
        case 2: 100
        case 3: 1_000
        case 4: 10_000
        case 5: 100_000
        case 6: 1_000_000
        case 7: 10_000_000
        case 8: 100_000_000
        case 9: 1_000_000_000
        case 10: 10_000_000_000
        case 11: 100_000_000_000
        case 12: 1_000_000_000_000
        case 13: 10_000_000_000_000
        case 14: 100_000_000_000_000
        case 15: 1_000_000_000_000_000
        case 16: 10_000_000_000_000_000
        case 17: 100_000_000_000_000_000
        case 18: 1_000_000_000_000_000_000
        default: 10_000_000_000_000_000_000
        }
    }
}
