extension JSONReader {
    /// An integer without fraction or exponent, at most 2⁵³ - 1 in magnitude.
    @inline(__always)
    mutating func readInteger() throws(WireError) -> Int64 {
        var cursor = position
        var value: UInt64 = 0
        // Timestamps have 16 digits: eight at a time while there are eight.
        while end - cursor >= 8, let eight = JSONReader.eightDigits(cursor), cursor - position <= 8 {
            value = value &* 100_000_000 &+ eight
            cursor += 8
        }
        while cursor < end, cursor.pointee &- UInt8(ascii: "0") <= 9, cursor - position <= 17 {
            value = value &* 10 &+ UInt64(cursor.pointee &- UInt8(ascii: "0"))
            cursor += 1
        }
        let isPlain = cursor > position && (position.pointee != UInt8(ascii: "0") || cursor - position == 1)
        guard isPlain, cursor < end, !JSONReader.continuesNumber(cursor.pointee),
            value <= UInt64(JSONWriter.largestInteger)
        else {
            return try readUnusualInteger()
        }
        position = cursor
        return Int64(truncatingIfNeeded: value)
    }

    /// Whether `byte` after digits means that the number goes on.
    @inline(__always)
    private static func continuesNumber(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "0") <= 9 || byte == UInt8(ascii: ".") || byte | 0x20 == UInt8(ascii: "e")
    }

    /// Negative numbers, and everything that is refused.
    @inline(never)
    private mutating func readUnusualInteger() throws(WireError) -> Int64 {
        let first = position
        guard next == UInt8(ascii: "-") || next &- UInt8(ascii: "0") <= 9 else { throw expected("a whole number") }
        let number = try scanNumber()
        guard number.isInteger else {
            throw error(
                .wrongType, at: first, "expected a whole number without fraction or exponent, found \(text(first))")
        }
        var value: Int64 = 0
        for index in (number.isNegative ? 1 : 0)..<(position - first) {
            value = value * 10 + Int64(first[index] - UInt8(ascii: "0"))
            guard value <= JSONWriter.largestInteger else {
                throw error(.outOfRange, at: first, "\(text(first)) is beyond 9007199254740991 in magnitude")
            }
        }
        return number.isNegative ? -value : value
    }

    /// The number's text from `first` to here, cut at 40 characters.
    private func text(_ first: UnsafePointer<UInt8>) -> String {
        String(decoding: UnsafeBufferPointer(start: first, count: min(position - first, 40)), as: UTF8.self)
    }

    /// The value of eight ASCII digits, or `nil` where one of them is none.
    ///
    /// Daniel Lemire, "Quickly parsing eight digits", lemire.me 2018: digits are checked and joined pairwise in one word.
    @inline(__always)
    static func eightDigits(_ place: UnsafePointer<UInt8>) -> UInt64? {
        let word = UInt64(littleEndian: UnsafeRawPointer(place).loadUnaligned(as: UInt64.self))
        let areDigits =
            (word & 0xf0f0_f0f0_f0f0_f0f0) | (((word &+ 0x0606_0606_0606_0606) & 0xf0f0_f0f0_f0f0_f0f0) >> 4)
        guard areDigits == 0x3333_3333_3333_3333 else { return nil }
        var value = word &- 0x3030_3030_3030_3030
        value = (value &* 10) &+ (value >> 8)
        let low = (value & 0x0000_00ff_0000_00ff) &* 0x000f_4240_0000_0064
        let high = ((value >> 16) & 0x0000_00ff_0000_00ff) &* 0x0000_2710_0000_0001
        return (low &+ high) >> 32
    }

    /// What a number's text looks like.
    struct NumberShape {
        var isNegative = false
        var isInteger = true
    }

    /// Validates a number by JSON's grammar and goes behind it.
    mutating func scanNumber() throws(WireError) -> NumberShape {
        let first = position
        var shape = NumberShape()
        shape.isNegative = take(UInt8(ascii: "-"))
        let leading = next
        guard skipDigits() > 0 else { throw error(.badNumber, at: first, "a number needs digits") }
        if leading == UInt8(ascii: "0"), position - first > (shape.isNegative ? 2 : 1) {
            throw error(.badNumber, at: first, "a number does not begin with 0 before other digits: \(text(first))")
        }
        if take(UInt8(ascii: ".")) {
            shape.isInteger = false
            guard skipDigits() > 0 else {
                throw error(.badNumber, at: first, "a number needs digits after its point: \(text(first))")
            }
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            shape.isInteger = false
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            guard skipDigits() > 0 else {
                throw error(.badNumber, at: first, "a number needs digits in its exponent: \(text(first))")
            }
        }
        return shape
    }

    private mutating func skipDigits() -> Int {
        let first = position
        while position < end, position.pointee &- UInt8(ascii: "0") <= 9 { position += 1 }
        return position - first
    }

    /// A finite number: the nearest `Double`, correctly rounded.
    mutating func readDouble() throws(WireError) -> Double {
        guard next == UInt8(ascii: "-") || next &- UInt8(ascii: "0") <= 9 else { throw expected("a number") }
        let first = position
        _ = try scanNumber()
        let text = String(decoding: UnsafeBufferPointer(start: first, count: position - first), as: UTF8.self)
        guard let value = Double(text), value.isFinite else {
            throw error(.outOfRange, at: first, "\(self.text(first)) is beyond the largest number")
        }
        return value
    }
}
