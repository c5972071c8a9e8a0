/// What a piece of text means; the palette decides how that looks.
enum Tone: Sendable {
    case plain
    /// A heading or the one thing to read first.
    case strong
    /// Labels, units and what may be skipped.
    case faint
    case good, caution, bad
    /// Names: symbols, services, topics.
    case name
    /// A whole line that must not be overlooked.
    case alarmGood, alarmCaution, alarmBad

    /// The SGR parameters of ECMA-48, section 8.3.117.
    var parameters: String {
        switch self {
        case .plain: ""
        case .strong: "1"
        case .faint: "2"
        case .good: "32"
        case .caution: "33"
        case .bad: "31"
        case .name: "36"
        case .alarmGood: "1;30;42"
        case .alarmCaution: "1;30;43"
        case .alarmBad: "1;97;41"
        }
    }
}

/// Turns tones into escape sequences, or into nothing.
struct Palette: Sendable {
    let isColoured: Bool

    static let plain = Palette(isColoured: false)
    static let coloured = Palette(isColoured: true)

    func paint(_ text: String, _ tone: Tone) -> String {
        guard isColoured, !text.isEmpty, tone != .plain else { return text }
        return "\u{1b}[\(tone.parameters)m\(text)\u{1b}[0m"
    }
}

/// A text with its tone.
struct Cell: Sendable, Hashable {
    var text: String
    var tone: Tone

    init(_ text: String, _ tone: Tone = .plain) {
        self.text = text
        self.tone = tone
    }
}

extension Cell: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    init(stringLiteral value: String) { self.init(value) }
}
