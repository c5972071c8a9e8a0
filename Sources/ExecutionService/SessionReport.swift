import ExecutionCore
import Glibc
import Portfolio
import Storage
import TradingModel
import Wire

/// What a session did, for a person (text) and for a program (JSON). Written when execution stops in good order.
struct SessionReport: WireBody {
    static let kind = "sessionReport"
    var startedAt: WallTime = .distantPast
    var endedAt: WallTime = .distantPast
    /// The market time the session saw; absent where it saw none.
    var marketFrom: MarketTime?
    var marketTo: MarketTime?
    /// The account at the end.
    var account = AccountState()
    var startingBalance: Money = .zero
    /// Orders of the whole journal by status.
    var orders: [Reading] = []
    var fills = 0
    /// The trades of this session; its drawdown is seen with open results.
    var session = PerformanceFigures()
    /// All trades of the journal; its drawdown is that of realized results.
    var total = PerformanceFigures()
    var openPositions: [Position] = []

    init() {}

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("startedAt", &startedAt)
        try visitor.field("endedAt", &endedAt)
        try visitor.optional("marketFrom", &marketFrom)
        try visitor.optional("marketTo", &marketTo)
        try visitor.field("account", &account)
        try visitor.field("startingBalance", &startingBalance)
        try visitor.field("orders", &orders)
        try visitor.field("fills", &fills)
        try visitor.field("session", &session)
        try visitor.field("total", &total)
        try visitor.field("openPositions", &openPositions)
    }
}

extension SessionReport {
    init(_ log: SessionLog, image: ExecutionImage, counts: [OrderStatus: Int], trades: [Trade], endedAt: WallTime) {
        startedAt = log.startedAt
        self.endedAt = endedAt
        marketFrom = log.firstEventTime
        marketTo = log.firstEventTime.map { _ in log.lastEventTime }
        account = image.account
        startingBalance = log.startingBalance
        orders = OrderStatus.allCases.compactMap { status in counts[status].map { Reading(status.rawValue, Double($0)) }
        }
        fills = log.fills
        var seen = PerformanceSummary(trades: log.trades, startingBalance: log.firstBalance, curve: log.hourlyEquity)
        seen.maxDrawdown = log.maxDrawdown
        seen.maxDrawdownAmount = log.maxDrawdownAmount
        session = PerformanceFigures(seen)
        total = PerformanceFigures(PerformanceSummary(trades: trades, startingBalance: log.startingBalance))
        openPositions = image.positions
    }

    /// Lines for a person.
    var text: String {
        var lines: [(String, String)] = [
            ("session", "\(startedAt) to \(endedAt)"),
            ("market time", marketFrom.map { "\($0) to \(marketTo ?? $0)" } ?? "none"),
            ("", ""),
            ("balance", "\(PerformanceFigures.money(account.balance)) \(account.currency)"),
            ("equity", "\(PerformanceFigures.money(account.equity)) \(account.currency)"),
            ("started with", "\(PerformanceFigures.money(startingBalance)) \(account.currency)"),
            ("open positions", openPositions.isEmpty ? "none" : openPositions.map(Self.words).joined(separator: "; ")),
            ("fills of the session", "\(fills)"),
            ("orders in the journal", orders.map { "\(Int($0.value)) \($0.name)" }.joined(separator: ", ")),
            ("", ""), ("This session", ""),
        ]
        lines += session.lines
        lines += [("", ""), ("Since the account began", "")]
        lines += total.lines
        let width = 26
        return lines.map { name, value in
            guard !value.isEmpty else { return name + "\n" }
            return name + String(repeating: " ", count: max(1, width - name.count)) + value + "\n"
        }.joined()
    }

    private static func words(_ position: Position) -> String {
        "\(position.side.rawValue) \(position.quantity) \(position.symbol) at \(position.averageEntryPrice)"
    }

    /// Writes `session-<start>.txt` and `.json` and returns their paths.
    func write(to directory: String) throws(StorageError) -> [String] {
        let stamp = startedAt.description.filter { $0 != "-" && $0 != ":" }.prefix { $0 != "." }
        let name = directory + "/session-" + stamp + (stamp.hasSuffix("Z") ? "" : "Z")
        var json: [UInt8]
        do throws(WireError) {
            json = try WireJSON.encode(self)
        } catch {
            throw StorageError(code: .failed, description: "the session report cannot be written as JSON: \(error)")
        }
        json.append(UInt8(ascii: "\n"))
        try Self.write(Array(text.utf8), to: name + ".txt")
        try Self.write(json, to: name + ".json")
        return [name + ".txt", name + ".json"]
    }

    private static func write(_ bytes: [UInt8], to path: String) throws(StorageError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        var written = descriptor < 0 ? -1 : 0
        while written >= 0, written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            written = count < 0 ? -1 : written + count
        }
        let reason = String(cString: strerror(errno))
        if descriptor >= 0 { close(descriptor) }
        guard written == bytes.count else {
            throw StorageError(
                code: .failed, description: "\(path) cannot be written (\(reason)): check the log directory")
        }
    }
}
