/// The whole terminal, as full-screen programs use it: what was there before comes back at the end.
struct Screen: Sendable {
    /// The alternate screen of xterm (ctlseqs, "DECSET 1049") with the cursor hidden.
    func open() { Output.write("\u{1b}[?1049h\u{1b}[?25l\u{1b}[H", to: 1) }
    func close() { Output.write("\u{1b}[?25h\u{1b}[?1049l", to: 1) }

    /// Draws lines from the top; what does not fit is left out and said so. Lines are overwritten in place, so nothing flickers.
    func draw(_ lines: [String], footer: String) {
        Output.write(Screen.frame(lines, footer: footer, height: Canvas.terminalHeight()), to: 1)
    }

    static func frame(_ lines: [String], footer: String, height: Int) -> String {
        var visible = lines
        if lines.count + 1 > height {
            visible = Array(lines.prefix(max(0, height - 2))) + [" … \(lines.count - max(0, height - 2)) lines more"]
        }
        let clearLine = "\u{1b}[K"
        return "\u{1b}[H" + (visible + [footer]).map { $0 + clearLine }.joined(separator: "\r\n") + "\u{1b}[J"
    }
}
