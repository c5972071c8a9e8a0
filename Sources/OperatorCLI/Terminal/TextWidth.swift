/// How many columns of a terminal a text takes, and texts cut to a number of columns.
enum TextWidth {
    static func of(_ text: String) -> Int {
        var width = 0
        for scalar in text.unicodeScalars { width += columns(scalar) }
        return width
    }

    /// The text padded with blanks to `width` columns; unchanged where it is wider.
    static func padded(_ text: String, to width: Int, right: Bool = false) -> String {
        let blanks = String(repeating: " ", count: max(0, width - of(text)))
        return right ? blanks + text : text + blanks
    }

    /// The text cut to `width` columns, the last of which is `…` where anything was cut.
    static func cut(_ text: String, to width: Int) -> String {
        guard of(text) > width else { return text }
        guard width > 0 else { return "" }
        return prefix(text, columns: width - 1) + "…"
    }

    /// As many characters as fit `columns`.
    static func prefix(_ text: String, columns: Int) -> String {
        var kept = ""
        var used = 0
        for character in text {
            let columnsOfCharacter = of(String(character))
            if used + columnsOfCharacter > columns { break }
            kept.append(character)
            used += columnsOfCharacter
        }
        return kept
    }

    /// Text from elsewhere made harmless: control characters, which could move the cursor or retitle the window, become `·`.
    static func harmless(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var clean = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { clean.append(isControl(scalar) ? "·" : scalar) }
        return String(clean)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7f..<0xa0: true
        // Marks that reverse the direction of writing.
        case 0x202a...0x202e, 0x2066...0x2069: true
        default: false
        }
    }

    private static func columns(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.value {
        case 0..<0x300: 1
        case 0x300...0x36f, 0x200b...0x200f, 0xfe00...0xfe0f: 0
        // The wide blocks of Unicode Standard Annex #11 that can be met in names and reasons.
        case 0x1100...0x115f, 0x2e80...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xff00...0xff60, 0x1f300...0x1faff: 2
        default: 1
        }
    }
}
