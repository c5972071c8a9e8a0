import Foundation
import Portfolio
import Testing
import TradingModel

@testable import Storage

@Suite("The dialogue with models on disk")
struct DialogueStoreTests {
    private let directory = FileManager.default.temporaryDirectory
        .appendingPathComponent("dialogues-\(ProcessInfo.processInfo.globallyUniqueString)")

    private func store() throws -> StrategyStore {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        return try StrategyStore(path: directory.appendingPathComponent("strategy.sqlite").path)
    }

    private func question(_ id: String, model: String = "a/b", at asked: Int64 = 1_000_000) -> QuestionRow {
        var row = QuestionRow()
        row.id = id
        row.dialogueID = "d" + id
        row.model = model
        row.strategy = "agent:" + model
        row.askedAt = WallTime(micros: asked)
        row.expiresAt = WallTime(micros: asked + 90_000_000)
        row.cacheKey = "key " + id
        row.prompt = String(repeating: "BTC/USDT 64250.1, ", count: 2_000)
        row.worstCost = Money("0.02")!
        return row
    }

    private func answer(
        _ id: String, _ outcome: DialogueOutcome = .decided, cost: String = "0.001", at: Int64 = 2_000_000
    ) -> AnswerRow {
        var row = AnswerRow()
        row.questionID = id
        row.answeredAt = WallTime(micros: at)
        row.latency = .seconds(2)
        row.outcome = outcome
        row.content = outcome == .failed ? nil : "{\"action\":\"HOLD\"} …"
        row.cost = Money(cost)!
        return row
    }

    private func proposal(_ id: String, of question: String, model: String = "a/b") -> ModelProposalRow {
        var row = ModelProposalRow()
        row.id = id
        row.questionID = question
        row.model = model
        row.symbol = Symbol("BTC/USDT")!
        row.action = .enterLong
        row.price = Price(100)
        row.equity = Money(1_000)
        return row
    }

    private func trade(_ id: String, net: String) -> Trade {
        var trade = Trade()
        trade.id = id
        trade.entryPrice = Price(100)
        trade.exitPrice = Price(101)
        trade.netPnL = Money(net)!
        trade.exitTime = MarketTime(micros: 5)
        return trade
    }

    @Test("a question and its answer come back as they were stored")
    func roundTrip() throws {
        let store = try store()
        defer { try? FileManager.default.removeItem(at: directory) }
        var asked = question("q1")
        asked.isComplex = true
        asked.dropped = "2 of 4 news"
        try store.store(asked)
        #expect(try store.questions(limit: 5) == [asked])
        #expect(try store.questions(limit: 5, id: "dq1") == [asked])
        #expect(try store.questions(limit: 5, model: "x").isEmpty)
        #expect(try store.answer(to: "q1") == nil)
        var row = answer("q1")
        row.thoughts = "hm"
        row.repairs(3)
        try store.store(row)
        try store.store(answer("q1", .failed))
        #expect(try store.answer(to: "q1") == row, "a second end changes nothing")
        #expect(try store.hasQuestion("q1") && !store.hasQuestion("q2"))
        let size = try store.database.prepare("SELECT length(prompt) FROM questions").first {
            (row) throws(StorageError) in row.int(0)
        }
        #expect(try #require(size) < asked.prompt.utf8.count / 5, "prompts are packed")
    }

    @Test("what is set aside counts as spent until the answer says what it cost, also over midnight")
    func money() throws {
        let store = try store()
        defer { try? FileManager.default.removeItem(at: directory) }
        let midnight = WallTime(micros: 86_400_000_000)
        try store.store(question("yesterday", at: midnight.micros - 3_600_000_000))
        try store.store(answer("yesterday", cost: "0.5", at: midnight.micros - 3_500_000_000))
        try store.store(question("lost", at: midnight.micros - 3_600_000_000))
        try store.store(question("over", at: midnight.micros - 1_000_000))
        try store.store(question("paid", at: midnight.micros + 1))
        try store.store(answer("paid", cost: "0.001", at: midnight.micros + 2))
        try store.store(question("other", model: "c/d", at: midnight.micros + 1))
        let spent = try store.spent(since: midnight)
        #expect(spent == ["a/b": Money("0.021")!, "c/d": Money("0.02")!])
    }

    @Test("a stored answer is found by what was asked, unless it could not be used or is too old")
    func cache() throws {
        let store = try store()
        defer { try? FileManager.default.removeItem(at: directory) }
        try store.store(question("q1"))
        try store.store(answer("q1"))
        try store.store(question("q2"))
        try store.store(answer("q2", .refused))
        #expect(try store.storedAnswer(cacheKey: "key q1", since: .distantPast)?.questionID == "q1")
        #expect(try store.storedAnswer(cacheKey: "key q1", since: WallTime(micros: 3_000_000)) == nil)
        #expect(try store.storedAnswer(cacheKey: "key q2", since: .distantPast) == nil)
    }

    @Test("a proposal is followed from the answer over verdict and order to what became of the position")
    func proposals() throws {
        let store = try store()
        defer { try? FileManager.default.removeItem(at: directory) }
        try store.store(question("q1"))
        for id in ["p1", "p2", "p3"] { try store.store(proposal(id, of: "q1")) }
        var verdict = Verdict()
        verdict.proposalID = "p1"
        verdict.isApproved = true
        verdict.clientOrderID = ClientOrderID("qeabc")
        verdict.quantity = Quantity(2)
        try store.store(verdict)
        verdict.proposalID = "p2"
        verdict.isApproved = false
        verdict.denial = Denial(.stalePrice, [Figure("age", "9s")])
        try store.store(verdict)
        try store.noteUnanswered("p3", "risk is down")
        try store.noteUnanswered("p1", "risk is down")
        let rows = try store.proposals(of: "q1")
        #expect(rows.map(\.verdict) == [.approved, .denied, .unanswered])
        #expect(rows[0].clientOrderID == "qeabc" && rows[0].quantity == Quantity(2))
        #expect(rows[1].denial == "STALE_PRICE: age=9s" && rows[1].quantity == nil)
        #expect(try store.openModelProposals().map(\.id) == ["p1", "p3"])
        #expect(try store.store(trade("p1", net: "5")))
        #expect(try !store.store(trade("p1", net: "7")), "a repeat changes nothing")
        #expect(try !store.store(trade("foreign", net: "7")))
        #expect(try store.closedModelProposals().map(\.netPnL) == [Money(5)])
        #expect(try store.openModelProposals().map(\.id) == ["p3"])
    }

    @Test(
        "standings: return compounds over the equity of each opening, Sharpe is mean over deviation, refusals are invalid"
    )
    func standings() throws {
        let store = try store()
        defer { try? FileManager.default.removeItem(at: directory) }
        for (index, outcome) in [DialogueOutcome.decided, .held, .refused, .failed].enumerated() {
            try store.store(question("q\(index)"))
            try store.store(answer("q\(index)", outcome, cost: "0.1"))
        }
        for (id, net) in [("p1", "20"), ("p2", "-10")] {
            try store.store(proposal(id, of: "q0"))
            _ = try store.store(trade(id, net: net))
        }
        var paper = PaperPositionRow()
        paper.id = "v1"
        paper.model = "c/d"
        paper.symbol = Symbol("BTC/USDT")!
        try store.store(paper)
        paper.closedAt = MarketTime(micros: 9)
        paper.result = Ratio("0.05")!
        try store.store(paper)
        let standings = try store.standings().standings
        #expect(standings.map(\.model) == ["a/b", "c/d"])
        let first = try #require(standings.first)
        #expect(first.questions == 4 && first.trades == 2 && first.wins == 1 && first.netPnL == Money(10))
        #expect(first.invalidRate == 1.0 / 3 && first.winRate == 0.5 && first.cost == Money("0.4")!)
        #expect(first.averageLatency == .seconds(2))
        // 1.02 * 0.99 - 1; mean 0.005 over deviation 0.0212132…
        #expect(first.returnOnEquity == Ratio("0.0098")!)
        #expect(abs(try #require(first.sharpeRatio) - 0.005 / 0.021213203435596427) < 1e-12)
        #expect(standings[1].paperTrades == 1 && standings[1].paperReturn == Ratio("0.05")!)
        #expect(standings[1].paperSharpeRatio == nil)
    }

    @Test("packed texts come back, and bytes that are none are refused")
    func packing() {
        for text in ["", "a", "é→漢😀", String(repeating: "x", count: 300_000)] {
            let packed = PackedText.pack(text)
            #expect(PackedText.unpack(packed) == text)
            #expect(PackedText.unpack(Array(packed.dropLast())) == nil || text.isEmpty)
        }
        #expect(PackedText.unpack([]) == nil && PackedText.unpack([255, 255, 255, 255, 1]) == nil)
    }
}

extension AnswerRow {
    fileprivate mutating func repairs(_ count: Int) { report = "{\"repairs\":\(count)}" }
}
