import Glibc
import Synchronization

/// Standard output and error, written whole lines at a time.
///
/// A reader that has gone away (`quartet tap | head`) ends the program quietly, as it does every other filter, unless
/// the program has work to finish whoever watches.
struct Output: Sendable {
    /// Whether a reader that has gone away ends the program. What starts or stops services goes on without one: Ctrl-C in
    /// `make run | tee log` ends tee first, and the services are to be stopped all the same.
    static let endsWithItsReader = Atomic<Bool>(true)

    let canvas: Canvas

    func lines(_ lines: [String]) {
        guard !lines.isEmpty else { return }
        Output.write(lines.joined(separator: "\n") + "\n", to: 1)
    }

    func line(_ text: String) { Output.write(text + "\n", to: 1) }

    /// A remark for a person, on standard error so that it never mixes with data.
    func remark(_ text: String) { Output.write(text + "\n", to: 2) }

    static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { write(UnsafeRawBufferPointer($0), to: descriptor) }
    }

    static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count > 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            } else if errno == EPIPE {
                guard endsWithItsReader.load(ordering: .relaxed) else { return }
                exit(0)
            } else if errno != EINTR, errno != EAGAIN {
                return
            }
        }
    }
}

extension Canvas {
    /// When to use colours.
    enum Colours: String, CaseIterable, Sendable {
        case auto, always, never
    }

    /// What standard output is: a terminal of which width, and whether it wants colours (`NO_COLOR`, see no-color.org; `TERM=dumb`).
    static func detected(_ colours: Colours) -> Canvas {
        let isTerminal = isatty(1) == 1
        let isWelcome = Machine.environment("NO_COLOR") == nil && Machine.environment("TERM") != "dumb"
        let isColoured =
            switch colours {
            case .always: true
            case .never: false
            case .auto: isTerminal && isWelcome
            }
        return Canvas(
            isTerminal: isTerminal, width: isTerminal ? terminalWidth() : .max, palette: Palette(isColoured: isColoured)
        )
    }

    /// Columns of the terminal, 100 where it does not say.
    static func terminalWidth() -> Int {
        var size = winsize()
        if ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return Machine.environment("COLUMNS").flatMap { Int($0) } ?? 100
    }

    /// Lines of the terminal, 40 where it does not say.
    static func terminalHeight() -> Int {
        var size = winsize()
        return ioctl(1, UInt(TIOCGWINSZ), &size) == 0 && size.ws_row > 0 ? Int(size.ws_row) : 40
    }
}
