import Glibc
import JSONText
import TradingModel

/// A proposal written by hand: only symbol and action are required.
enum ProposalFile {
    /// Reads a file, or standard input for `-`.
    static func read(_ path: String) throws(Failure) -> Proposal {
        var text = ""
        if path == "-" {
            while let line = readLine(strippingNewline: false) { text += line }
        } else {
            guard let file = fopen(path, "re") else {
                throw Failure("\(path) cannot be read: \(String(cString: strerror(errno)))")
            }
            defer { fclose(file) }
            var buffer = [UInt8](repeating: 0, count: 65_536)
            let count = fread(&buffer, 1, buffer.count, file)
            guard count < buffer.count else { throw Failure("\(path) is longer than 64 KiB: it holds one proposal") }
            text = String(decoding: buffer[..<count], as: UTF8.self)
        }
        do throws(JSONError) {
            return try proposal(JSONValue.parse(text).node)
        } catch {
            throw Failure("\(path == "-" ? "standard input" : path) is no proposal: \(error)")
        }
    }

    private static let keys = [
        "id", "decisionId", "strategy", "symbol", "action", "confidence", "price", "stopLoss", "takeProfit", "leverage",
        "invalidation", "timeframe", "regime", "decidedAt", "evidence",
    ]

    static func proposal(_ node: JSONNode) throws(JSONError) -> Proposal {
        for (key, member) in try node.members() where !keys.contains(key) {
            throw member.bad("is not known: use \(keys.joined(separator: ", "))")
        }
        var proposal = Proposal()
        guard let symbol = Symbol(try node["symbol"].string()) else {
            throw node["symbol"].bad("is no symbol such as BTC/USDT")
        }
        proposal.symbol = symbol
        proposal.action = try word(node["action"])
        proposal.confidence = try node["confidence"].ifPresent?.double() ?? 1
        proposal.id = try node["id"].ifPresent?.string() ?? ""
        proposal.decisionID = try node["decisionId"].ifPresent?.string() ?? ""
        proposal.strategy = try node["strategy"].ifPresent?.string() ?? "by hand"
        proposal.price = try node["price"].ifPresent?.decimal() ?? .zero
        proposal.stopLoss = try node["stopLoss"].ifPresent?.decimal()
        proposal.takeProfit = try node["takeProfit"].ifPresent?.decimal()
        proposal.leverage = Int(try node["leverage"].ifPresent?.integer() ?? 1)
        proposal.invalidation = try node["invalidation"].ifPresent?.string() ?? ""
        if node["timeframe"].isPresent { proposal.timeframe = try word(node["timeframe"]) }
        if node["regime"].isPresent { proposal.regime = try word(node["regime"]) }
        if let time = try node["decidedAt"].ifPresent?.integer() { proposal.decidedAt = MarketTime(micros: time) }
        if node["evidence"].isPresent {
            for one in try node["evidence"].elements() { proposal.evidence.append(try evidence(one)) }
        }
        return proposal
    }

    private static func evidence(_ node: JSONNode) throws(JSONError) -> Evidence {
        var evidence = Evidence()
        evidence.topic = try node["topic"].string()
        evidence.session = try node["session"].string()
        evidence.sequence = Int(try node["seq"].ifPresent?.integer() ?? 0)
        evidence.eventTime = MarketTime(micros: try node["eventTime"].integer())
        evidence.age = Span(micros: try node["ageMicros"].ifPresent?.integer() ?? 0)
        evidence.gaps = Int(try node["gaps"].ifPresent?.integer() ?? 0)
        return evidence
    }

    /// A word out of a closed set.
    private static func word<E: RawRepresentable & CaseIterable>(
        _ node: JSONNode
    ) throws(JSONError) -> E where E.RawValue == String {
        guard let value = E(rawValue: try node.string()) else {
            throw node.bad("is none of " + E.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return value
    }
}
