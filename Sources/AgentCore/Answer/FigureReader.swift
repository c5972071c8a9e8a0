import TradingModel

/// What a scalar says as a number.
enum FigureRead: Equatable {
    case value(Ratio, FigureMarks)
    case null
    case notFinite
    case notANumber
}

/// What was put right to read a number.
struct FigureMarks: OptionSet {
    let rawValue: UInt16
    static let percent = FigureMarks(rawValue: 1)
    static let times = FigureMarks(rawValue: 2)
    static let thousands = FigureMarks(rawValue: 4)
    static let plus = FigureMarks(rawValue: 8)
    static let unicode = FigureMarks(rawValue: 16)
    static let bare = FigureMarks(rawValue: 32)
    static let redundant = FigureMarks(rawValue: 64)
    static let text = FigureMarks(rawValue: 128)

    /// The repairs they stand for.
    var repairs: [RepairKind] {
        let table: [(FigureMarks, RepairKind)] = [
            (.text, .numberAsText), (.percent, .percentSign), (.times, .leverageSign),
            (.thousands, .thousandsSeparator), (.plus, .plusSign), (.unicode, .unicodeDigits), (.bare, .bareFraction),
            (.redundant, .redundantDigits),
        ]
        return table.filter { contains($0.0) }.map(\.1)
    }
}

/// Reads one number, and only one: `3-5`, `about 3`, `1,5` and `$3` are none.
struct FigureReader {
    let bytes: TextBytes
    private var index: Int
    private var end: Int
    private var marks: FigureMarks = []

    /// The number in `bytes[start..<end]`.
    static func read(_ bytes: TextBytes, from start: Int, to end: Int, isText: Bool) -> FigureRead {
        if !isText, let value = plain(bytes, from: start, to: end) { return .value(value, []) }
        var reader = FigureReader(bytes: bytes, index: start, end: end)
        if isText { reader.marks.insert(.text) }
        return reader.read()
    }

    /// `-?digits(.digits)?` of at most 15 digits, as nearly every number is written; `nil` for anything else.
    private static func plain(_ bytes: TextBytes, from start: Int, to end: Int) -> Ratio? {
        guard end - start <= 17, start >= 0, end <= bytes.count else { return nil }
        var index = start
        let isNegative = bytes[index] == 0x2d
        if isNegative { index += 1 }
        let first = index
        var value: Int64 = 0
        var decimals = -1
        while index < end {
            let digit = bytes.all[index] &- 0x30
            if digit <= 9 {
                value = value &* 10 &+ Int64(digit)
                if decimals >= 0 { decimals += 1 }
            } else if bytes.all[index] == 0x2e, decimals < 0, index > first {
                decimals = 0
            } else {
                return nil
            }
            index += 1
        }
        guard index > first, index - first <= 15, decimals != 0, decimals <= 12 else { return nil }
        let raw = Int128(value) * PowerOfTen.of(12 - max(decimals, 0))
        return Ratio(raw: isNegative ? -raw : raw)
    }

    private init(bytes: TextBytes, index: Int, end: Int) {
        self.bytes = bytes
        self.index = index
        self.end = end
    }

    private mutating func read() -> FigureRead {
        while index < end, bytes.blank(index) > 0 { index += bytes.blank(index) }
        while end > index, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
        guard index < end, end - index <= 64 else { return index < end ? .notANumber : .null }
        if let word = readWord() { return word }
        guard let sign = readSign() else { return .notANumber }
        guard let (whole, wholeDigits) = readWhole() else { return .notANumber }
        guard let (fraction, fractionDigits) = readFraction() else { return .notANumber }
        guard wholeDigits + fractionDigits > 0 else { return .notANumber }
        guard let exponent = readExponent() else { return .notANumber }
        guard readUnit(), index == end else { return .notANumber }
        guard whole <= 1_000_000_000_000 else { return .notANumber }
        var raw = Int128(whole) * Ratio.scale + Int128(fraction)
        if exponent > 0 { raw = exponent <= 12 ? raw * PowerOfTen.of(exponent) : Int128.max / 2 }
        if exponent < 0 {
            let divisor = PowerOfTen.of(min(-exponent, 30))
            if raw % divisor != 0 { marks.insert(.redundant) }
            raw /= divisor
        }
        guard raw <= Ratio.largestWhole * Ratio.scale else { return .notANumber }
        return .value(Ratio(raw: sign < 0 ? -raw : raw), marks)
    }

    private func readWord() -> FigureRead? {
        let first = bytes[index] | 0x20
        guard first == 0x6e || first == 0x75 || first == 0x69 || bytes[index] == 0x2d || bytes[index] == 0x2b else {
            return nil
        }
        let length = end - index
        for (word, size) in [("null", 4), ("none", 4), ("n/a", 3), ("na", 2), ("nil", 3), ("undefined", 9)]
            as [(StaticString, Int)]
        where length == size && bytes.hasWord(word, at: index) { return .null }
        let signed = bytes[index] == 0x2d || bytes[index] == 0x2b ? 1 : 0
        for (word, size) in [("nan", 3), ("infinity", 8), ("inf", 3)] as [(StaticString, Int)]
        where length == size + signed && bytes.hasWord(word, at: index + signed) { return .notFinite }
        return nil
    }

    private mutating func readSign() -> Int? {
        let mark = bytes.mark(index)
        guard mark.twin == 0x2d || mark.twin == 0x2b else { return 1 }
        if mark.length > 1 { marks.insert(.unicode) }
        if mark.twin == 0x2b { marks.insert(.plus) }
        index += mark.length
        return mark.twin == 0x2d ? -1 : 1
    }

    private mutating func digit() -> UInt64? {
        let mark = bytes.mark(index)
        guard index < end, mark.twin &- 0x30 <= 9 else { return nil }
        if mark.length > 1 { marks.insert(.unicode) }
        index += mark.length
        return UInt64(mark.twin &- 0x30)
    }

    /// Digits, or groups of three after a first of one to three.
    private mutating func readWhole() -> (UInt64, Int)? {
        var value: UInt64 = 0
        var digits = 0
        var group = 0
        var hasGroups = false
        while true {
            if let digit = digit() {
                digits += 1
                group += 1
                guard digits <= 15 else { return nil }
                value = value * 10 + digit
                continue
            }
            let separator = bytes.mark(index)
            guard index < end, separator.twin == 0x2c || separator.twin == 0x5f else { break }
            guard hasGroups ? group == 3 : (1...3).contains(group) else { return nil }
            hasGroups = true
            group = 0
            marks.insert(.thousands)
            index += separator.length
        }
        guard !hasGroups || group == 3 else { return nil }
        if digits == 0 { marks.insert(.bare) }
        return (value, digits)
    }

    private mutating func readFraction() -> (UInt64, Int)? {
        let point = bytes.mark(index)
        guard index < end, point.twin == 0x2e else { return (0, 0) }
        index += point.length
        var value: UInt64 = 0
        var digits = 0
        while let digit = digit() {
            digits += 1
            if digits <= 12 { value = value * 10 + digit } else if digit != 0 { marks.insert(.redundant) }
        }
        if digits == 0 { marks.insert(.bare) }
        for _ in min(digits, 12)..<12 { value *= 10 }
        return (value, digits)
    }

    private mutating func readExponent() -> Int? {
        guard index < end, bytes[index] | 0x20 == 0x65 else { return 0 }
        index += 1
        var isNegative = false
        if bytes[index] == 0x2d || bytes[index] == 0x2b {
            isNegative = bytes[index] == 0x2d
            index += 1
        }
        var value = 0
        var digits = 0
        while let digit = digit() {
            digits += 1
            value = min(value * 10 + Int(digit), 99)
        }
        guard digits > 0 else { return nil }
        return isNegative ? -value : value
    }

    /// A percent or times sign behind the number; `false` for anything else.
    private mutating func readUnit() -> Bool {
        while index < end, bytes[index] == 0x20 { index += 1 }
        guard index < end else { return true }
        let mark = bytes.mark(index)
        if mark.twin == UInt8(ascii: "%") {
            marks.insert(.percent)
            index += mark.length
        } else if mark.twin | 0x20 == UInt8(ascii: "x") {
            marks.insert(.times)
            index += 1
        } else if bytes[index] == 0xc3, bytes[index + 1] == 0x97 {
            marks.insert(.times)
            index += 2
        } else if bytes[index] == 0xe5, bytes[index + 1] == 0x80, bytes[index + 2] == 0x8d {
            marks.insert(.times)
            index += 3
        }
        return true
    }
}
