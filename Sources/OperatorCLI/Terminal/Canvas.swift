/// Where text goes: a terminal of some width, with or without colours, or a pipe.
struct Canvas: Sendable {
    let isTerminal: Bool
    let width: Int
    let palette: Palette

    static let pipe = Canvas(isTerminal: false, width: .max, palette: .plain)

    /// Lines in a frame with a title set into its upper edge, as wide as the canvas allows and at most 124 columns.
    func panel(_ title: String, _ body: [String], bodyWidth: Int? = nil) -> [String] {
        guard isTerminal else { return body }
        let inner = max(min(width, Canvas.comfortableWidth) - 4, bodyWidth ?? 0)
        let edge = "─"
        let label = title.isEmpty ? "" : " " + title + " "
        let rest = String(repeating: edge, count: max(0, inner + 1 - TextWidth.of(label)))
        let upper =
            palette.paint("╭" + edge, .faint) + palette.paint(label, .strong) + palette.paint(rest + "╮", .faint)
        let lower = palette.paint("╰" + String(repeating: edge, count: inner + 2) + "╯", .faint)
        let side = palette.paint("│", .faint)
        return [upper] + body.map { side + " " + fill($0, to: inner) + " " + side } + [lower]
    }

    /// A whole line in one tone: what must not be overlooked. Piped, the bare text.
    func banner(_ text: String, _ tone: Tone) -> [String] {
        guard isTerminal else { return [text] }
        let inner = min(width, Canvas.comfortableWidth)
        let line = TextWidth.padded(TextWidth.cut(" " + text, to: inner), to: inner)
        return [palette.paint(line, tone)]
    }

    /// Pads a painted line, whose escape sequences take no columns.
    private func fill(_ line: String, to inner: Int) -> String {
        line + String(repeating: " ", count: max(0, inner - Canvas.visibleWidth(line)))
    }

    static let comfortableWidth = 124

    /// The columns a painted line takes.
    static func visibleWidth(_ line: String) -> Int {
        var bare = ""
        var isEscape = false
        for scalar in line.unicodeScalars {
            if scalar == "\u{1b}" { isEscape = true }
            if !isEscape { bare.unicodeScalars.append(scalar) }
            if isEscape, scalar == "m" { isEscape = false }
        }
        return TextWidth.of(bare)
    }
}
