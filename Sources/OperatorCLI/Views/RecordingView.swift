import TradingModel

/// How the contents of a recording look.
enum RecordingView {
    static func lines(_ report: RecordingReport, on canvas: Canvas) -> [String] {
        var table = Table(
            report.file, [.left("kind"), .right("messages"), .right("bytes"), .right("holes"), .right("missing")],
            emptyText: "no messages")
        for kind in report.kinds {
            table.add([
                Cell(kind.name, .name), Cell(count(kind.messages, canvas)),
                Cell(canvas.isTerminal ? Figures.bytes(kind.bytes) : "\(kind.bytes)"),
                Cell(count(kind.holes, canvas), kind.holes > 0 ? .bad : .faint),
                Cell(count(kind.missing, canvas), kind.missing > 0 ? .bad : .faint),
            ])
        }
        return table.lines(on: canvas) + [summary(report, canvas)]
    }

    private static func count(_ value: Int, _ canvas: Canvas) -> String {
        canvas.isTerminal ? Figures.count(value) : "\(value)"
    }

    private static func summary(_ report: RecordingReport, _ canvas: Canvas) -> String {
        var parts = [
            "\(Figures.counted(report.messages, "message")) on \(Figures.counted(report.topics, "topic")), \(Figures.bytes(report.bytes))"
        ]
        if let first = report.first, let last = report.last {
            parts.append("\(Figures.time(first)) to \(Figures.time(last)) UTC, \(Figures.age(last - first))")
        }
        for source in report.sources where source.sessions > 1 {
            parts.append(
                "\(TextWidth.harmless(source.name)) was started again \(Figures.counted(source.sessions - 1, "time"))")
        }
        parts.append(
            report.holes == 0
                ? "no holes"
                : "\(Figures.counted(report.holes, "hole")), \(Figures.counted(report.missing, "message")) missing")
        if report.unreadable > 0 {
            parts.append("\(Figures.counted(report.unreadable, "unreadable message")) left out")
        }
        return (canvas.isTerminal ? " " : "# ") + parts.joined(separator: "; ")
    }
}
