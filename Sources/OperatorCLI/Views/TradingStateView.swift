import TradingModel

/// The trading state, big and impossible to overlook.
enum TradingStateView {
    static func banner(_ state: RiskState, on canvas: Canvas) -> [String] {
        let (word, meaning, tone): (String, String, Tone) =
            switch state.state {
            case .active: ("ACTIVE", "new positions may be opened", .alarmGood)
            case .reducing: ("REDUCING", "exits only, nothing new", .alarmCaution)
            case .halted: ("HALTED", "nothing new is opened; stops stay armed", .alarmBad)
            }
        guard canvas.isTerminal else {
            return ["trading\t\(state.state.rawValue)\t\(TextWidth.harmless(state.reason))"]
        }
        let since = state.since == .distantPast ? "" : "  since \(Figures.time(state.since))"
        var lines = canvas.banner("TRADING IS \(word)   \(meaning)\(since)", tone)
        if !state.reason.isEmpty {
            let width = min(canvas.width, Canvas.comfortableWidth) - 1
            lines.append(" " + TextWidth.cut(TextWidth.harmless(state.reason), to: width))
        }
        return lines
    }
}
