import TradingModel
import Wire

/// How messages look on a tap.
struct TapView {
    let canvas: Canvas
    /// With one bus its name would only repeat itself.
    let showsBus: Bool

    private var palette: Palette { canvas.palette }

    /// One message on one line; tab-separated when piped.
    func line(_ fact: Fact, service: ServiceName, topic: String) -> String {
        let topic = TextWidth.harmless(topic)
        let time = Figures.timeOfDay(fact.envelope.at)
        let isNamedByTopic = topic == fact.envelope.kind || topic.hasPrefix(fact.envelope.kind + ".")
        guard canvas.isTerminal else {
            return [time, service.rawValue, topic, fact.envelope.kind, String(fact.envelope.sequence), fact.body]
                .joined(separator: "\t")
        }
        var parts = [palette.paint(time, .faint)]
        var used = time.count
        if showsBus {
            let name = TextWidth.padded(service.rawValue, to: 9)
            parts.append(palette.paint(name, TapView.tone(of: service)))
            used += 1 + name.count
        }
        let label = TextWidth.padded(topic, to: 22)
        parts.append(palette.paint(label, TapView.tone(of: service)))
        used += 1 + TextWidth.of(label)
        if !isNamedByTopic {
            let kind = TextWidth.harmless(fact.envelope.kind)
            parts.append(palette.paint(kind, .caution))
            used += 1 + TextWidth.of(kind)
        }
        let sequence = TextWidth.padded("#\(fact.envelope.sequence)", to: 7, right: true)
        parts.append(palette.paint(sequence, .faint))
        used += 1 + sequence.count
        // The venue is the same in every line, and when we received it is next to when it was published.
        var omitted: Set<String> = ["venue", "receivedTime"]
        if let symbol = fact.fields.symbol, topic.contains(symbol.name) { omitted.insert("symbol") }
        let width = max(20, canvas.width - used - 1)
        parts.append(CompactJSON.line(fact.body, palette: palette, width: width, omitting: omitted))
        return parts.joined(separator: " ")
    }

    /// A finding of the sequence numbers.
    func line(_ finding: SequenceWatch.Finding, _ envelope: Envelope, topic: String) -> String {
        let topic = TextWidth.harmless(topic)
        let (word, text, tone): (String, String, Tone) =
            switch finding {
            case .hole(let from, let through):
                ("hole", "\(Figures.count(through - from + 1)) missing: \(from)…\(through)", .bad)
            case .newSession(let before, let after):
                (
                    "session",
                    "\(TextWidth.harmless(envelope.source)) was started again: \(TextWidth.harmless(before)) → \(TextWidth.harmless(after))",
                    .caution
                )
            case .repeated(let expected): ("repeat", "#\(envelope.sequence) came where #\(expected) was due", .caution)
            }
        let time = Figures.timeOfDay(envelope.at)
        guard canvas.isTerminal else { return [time, word, topic, text].joined(separator: "\t") }
        return palette.paint(time, .faint) + " " + palette.paint("── \(word) \(topic): \(text) ──", tone)
    }

    /// A message that cannot be read.
    func malformed(_ error: WireError, service: ServiceName, topic: String, size: Int, at time: WallTime) -> String {
        let topic = TextWidth.harmless(topic)
        let text = "unreadable message of \(size) bytes: \(TextWidth.harmless(error.description))"
        guard canvas.isTerminal else {
            return [Figures.timeOfDay(time), service.rawValue, topic, "unreadable", "0", text].joined(separator: "\t")
        }
        return palette.paint(Figures.timeOfDay(time), .faint) + " "
            + palette.paint("\(service.rawValue) \(topic) \(text)", .bad)
    }

    /// Messages and bytes a second of each topic.
    func rates(_ rows: [TopicRate], at time: WallTime) -> [String] {
        guard canvas.isTerminal else {
            return rows.map { "\(Figures.timeOfDay(time))\t\($0.topic)\t\($0.messages)\t\($0.bytes)\t\($0.total)" }
        }
        var table = Table(
            "messages a second at \(Figures.timeOfDay(time))",
            [.left("topic"), .right("messages/s"), .right("bytes/s"), .right("so far")], emptyText: "silence")
        for row in rows {
            table.add([
                Cell(row.topic, .name), Cell(Figures.count(row.messages), row.messages == 0 ? .faint : .strong),
                Cell(Figures.bytes(row.bytes), row.messages == 0 ? .faint : .plain),
                Cell(Figures.count(row.total), .faint),
            ])
        }
        let total = rows.reduce(into: TopicRate(topic: "all \(rows.count) topics")) {
            $0.messages += $1.messages
            $0.bytes += $1.bytes
            $0.total += $1.total
        }
        if rows.count > 1 {
            table.add([
                Cell(total.topic, .strong), Cell(Figures.count(total.messages), .strong),
                Cell(Figures.bytes(total.bytes), .strong),
                Cell(Figures.count(total.total), .strong),
            ])
        }
        return table.lines(on: canvas)
    }

    private static func tone(of service: ServiceName) -> Tone {
        switch service {
        case .feed: .name
        case .strategy: .caution
        case .risk: .bad
        case .execution: .good
        case .dashboard, .alerts, .operator: .plain
        }
    }
}
