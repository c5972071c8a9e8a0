import TradingModel

/// How numbers and outside text are written into a prompt: one way each, the same on every machine.
enum PromptText {
    /// Characters of one quoted text; what is beyond is cut, and the cut is said.
    static let quoteLimit = 240

    /// A text that somebody else wrote, between quotation marks, in one line, such that nothing in it can end the quotation, begin
    /// a line, a heading, a fence or a tag.
    ///
    /// Everything but letters, digits, single spaces and harmless punctuation is written as `\u{…}`, so that the model still sees
    /// that something stood there and nothing of it takes effect.
    static func quoted(_ text: String, limit: Int = quoteLimit) -> String {
        var out = "\""
        var count = 0
        var isAfterSpace = false
        for scalar in text.unicodeScalars {
            guard count < limit else {
                out += "… (cut)"
                break
            }
            count += 1
            if scalar == " " {
                if !isAfterSpace { out += " " }
                isAfterSpace = true
                continue
            }
            isAfterSpace = false
            if isHarmless(scalar) {
                out.unicodeScalars.append(scalar)
            } else {
                out += "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
        return out + "\""
    }

    private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9": return true
            case ".", ",", ";", ":", "!", "?", "%", "+", "-", "/", "(", ")", "'", "$", "&", "*", "_": return true
            default: return false
            }
        }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .otherLetter, .modifierLetter, .decimalNumber,
            .letterNumber,
            .nonspacingMark, .spacingMark, .otherPunctuation, .mathSymbol, .otherNumber:
            // Full-width twins of what is escaped in ASCII are escaped as well.
            return !(0xff00...0xffef).contains(scalar.value) || ["，", "。", "：", "；", "！", "？"].contains(scalar)
        default: return false
        }
    }

    /// An indicator's value with six significant digits, no exponent: `64250.1`, `0.000012345`.
    static func figure(_ value: Double) -> String {
        guard value.isFinite else { return "unknown" }
        var decimals = 5
        var magnitude = value.magnitude
        while magnitude >= 10, decimals > 0 {
            magnitude /= 10
            decimals -= 1
        }
        while magnitude < 1, magnitude > 0, decimals < 12 {
            magnitude *= 10
            decimals += 1
        }
        return Ratio(rounding: value, .halfEven)?.rounded(toDigits: decimals, .halfEven).description ?? "unknown"
    }

    /// `+2.5 %` of a ratio, with at most two decimals.
    static func percent(_ ratio: Ratio, digits: Int = 2) -> String {
        let rounded = ratio.percent.rounded(toDigits: digits, .halfEven)
        return "\(rounded.isNegative ? "" : "+")\(rounded) %"
    }

    /// An amount of money in whole units and cents.
    static func money(_ amount: Money) -> String { amount.rounded(toDigits: 2, .halfEven).description }

    static func series(_ values: [String]) -> String { values.joined(separator: ", ") }
}
