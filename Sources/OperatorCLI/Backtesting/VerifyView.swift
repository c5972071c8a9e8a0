import Simulation
import StrategyCore
import TradingModel

/// How the honesty check looks.
enum VerifyView {
    static func lines(_ audits: [(key: SeriesKey, audit: StrategyAudit)]) -> [String] {
        var lines = [""]
        let head = ["Strategy", "Series", "Candles", "Signals", "Look-ahead", "Asks for", "Settled after", "Warm-up"]
        var rows = [head]
        for (key, audit) in audits {
            let peeks = audit.findings.contains { $0.kind == .lookAhead }
            let short = audit.findings.contains { $0.kind == .warmUp }
            rows.append([
                audit.strategy, "\(key)", "\(audit.candles)", "\(audit.signals)", peeks ? "FOUND" : "none",
                "\(audit.load)", audit.settledAfter.map { "\($0)" } ?? "too few candles",
                short ? "TOO SHORT" : "long enough",
            ])
        }
        let widths = head.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        for row in rows {
            lines.append(
                row.enumerated().map { $1 + String(repeating: " ", count: widths[$0] - $1.count) }.joined(
                    separator: "  "))
        }
        lines.append("")
        for (key, audit) in audits {
            lines += audit.findings.map { "\(audit.strategy) on \(key): \($0.sentence)" }
        }
        if audits.allSatisfy({ $0.audit.isHonest }) {
            lines.append(
                "Nothing was found: no strategy depends on candles that came later, and each warm-up is long enough.")
        }
        return lines
    }

    static func json(_ audits: [(key: SeriesKey, audit: StrategyAudit)]) -> String {
        let parts = audits.map { key, audit in
            let findings = audit.findings.map {
                "{\"kind\":\"\($0.kind.rawValue)\",\"at\":\($0.at.micros),\"sentence\":\"\($0.sentence.replacing("\"", with: "'"))\"}"
            }
            return
                "{\"strategy\":\"\(audit.strategy)\",\"symbol\":\"\(key.symbol)\",\"timeframe\":\"\(key.timeframe)\",\"candles\":\(audit.candles),"
                + "\"signals\":\(audit.signals),\"load\":\(audit.load),\"settledAfter\":\(audit.settledAfter.map { "\($0)" } ?? "null"),"
                + "\"findings\":[\(findings.joined(separator: ","))]}"
        }
        return "{\"audits\":[" + parts.joined(separator: ",") + "]}"
    }
}
