import TradingModel

extension Bool: ScalarSetting {
    static var noun: String { "true or false" }
    static var plural: String { "true or false" }
    init?(settingText: String) {
        switch settingText {
        case "true": self = true
        case "false": self = false
        default: return nil
        }
    }
    var text: String { self ? "true" : "false" }
}

extension Int: ScalarSetting {
    static var noun: String { "a whole number" }
    static var plural: String { "whole numbers" }
    init?(settingText: String) {
        guard isPlainInteger(settingText), let value = Int(settingText) else { return nil }
        self = value
    }
    var text: String { description }
}

extension UInt64: ScalarSetting {
    static var noun: String { "a whole number" }
    static var plural: String { "whole numbers" }
    init?(settingText: String) {
        guard isPlainInteger(settingText), let value = UInt64(settingText) else { return nil }
        self = value
    }
    var text: String { description }
}

/// `-?digits` without a leading zero: YAML 1.1 would read `010` as eight, so that it is refused instead of guessed.
private func isPlainInteger(_ text: String) -> Bool {
    let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }) else { return false }
    return digits == "0" || !digits.hasPrefix("0")
}

extension Double: ScalarSetting {
    static var noun: String { "a number" }
    static var plural: String { "numbers" }
    init?(settingText: String) {
        let allowed = settingText.utf8.allSatisfy { (48...57).contains($0) || ".-+eE".utf8.contains($0) }
        guard allowed, settingText.utf8.contains(where: { (48...57).contains($0) }),
            let value = Double(settingText), value.isFinite
        else { return nil }
        self = value
    }
    var text: String { Int(exactly: self).map(\.description) ?? description }
}

extension String: ScalarSetting {
    static var noun: String { "a text" }
    static var plural: String { "texts" }
    init?(settingText: String) { self = settingText }
    var text: String { self }
    var yaml: String { isPlainYAML(self) ? self : "\"\(self)\"" }
}

/// Whether a text needs no quotes in the file.
private func isPlainYAML(_ text: String) -> Bool {
    guard let first = text.unicodeScalars.first else { return false }
    let safe = { (c: Unicode.Scalar) in
        c.properties.isAlphabetic || ("0"..."9").contains(c) || "._/:-+".unicodeScalars.contains(c)
    }
    return first != ":" && first != "-" && text.unicodeScalars.allSatisfy(safe) && text != "null"
        && !text.hasSuffix(":")
}

extension Symbol: ScalarSetting {
    static var noun: String { "a symbol such as BTC/USDT" }
    static var plural: String { "symbols such as BTC/USDT" }
    init?(settingText: String) { self.init(settingText) }
    var text: String { name }
}

extension Ratio: ScalarSetting {
    static var noun: String { "a decimal number" }
    static var plural: String { "decimal numbers" }
    init?(settingText: String) { self.init(settingText) }
    var text: String { description }
}

extension Money: ScalarSetting {
    static var noun: String { "an amount of the quote currency" }
    static var plural: String { "amounts of the quote currency" }
    init?(settingText: String) { self.init(settingText) }
    var text: String { description }
}

extension Percent: ScalarSetting {
    static var noun: String { "a percentage (a plain number)" }
    static var plural: String { "percentages (plain numbers)" }
    init?(settingText: String) {
        guard let value = Ratio(settingText) else { return nil }
        self.init(value)
    }
    var text: String { description }
}
