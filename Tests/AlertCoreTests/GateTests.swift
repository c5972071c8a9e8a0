import AlertCore
import Testing
import TradingModel

@Suite("What is let through, held and summed up")
struct AlertGateTests {
    private func gate(_ change: (inout AlertPolicy) -> Void = { _ in }) -> AlertGate {
        var policy = AlertPolicy()
        change(&policy)
        return AlertGate(policy: policy)
    }

    private func dispositions(_ gate: inout AlertGate, _ alerts: [Alert]) -> [AlertDisposition] {
        alerts.map { gate.admit($0, at: $0.at).disposition }
    }

    @Test("the first three of a rule and key pass, the others wait for one summary")
    func throttling() {
        var gate = gate()
        let alerts = (0..<10).map { alert(.positionOpened, "BTC/USDT", at: Int64($0), text: "number \($0)") }
        #expect(
            dispositions(&gate, alerts) == Array(repeating: .sent, count: 3) + Array(repeating: .throttled, count: 7))
        #expect(gate.admit(alert(.positionOpened, "ETH/USDT", at: 9), at: noon + .seconds(9)).disposition == .sent)
        #expect(gate.admit(alert(.positionClosed, "BTC/USDT", at: 9), at: noon + .seconds(9)).disposition == .sent)
        #expect(gate.due(at: noon + .seconds(299)).isEmpty)
        let due = gate.due(at: noon + .seconds(300))
        #expect(due.count == 1 && due[0].of == alerts.dropFirst(3).map(\.id))
        #expect(due[0].summary.text == "And 7 more within 5m; the latest: number 9")
        #expect(gate.due(at: noon + .seconds(301)).isEmpty)
    }

    @Test("while one waits for its summary the next one waits too, so that the order stays")
    func orderIsKept() {
        var gate = gate { $0.burst = 1 }
        #expect(
            dispositions(&gate, [alert(.orderRejected, at: 0), alert(.orderRejected, at: 1)]) == [.sent, .throttled])
        #expect(gate.admit(alert(.orderRejected, at: 301), at: noon + .seconds(301)).disposition == .throttled)
        #expect(gate.due(at: noon + .seconds(302)).map(\.of.count) == [2])
    }

    @Test("what an earlier run held is summed up by the next")
    func restored() {
        var gate = gate()
        for (index, disposition) in [AlertDisposition.sent, .sent, .sent, .throttled].enumerated() {
            gate.restore(alert(.orderRejected, at: Int64(index)), disposition)
        }
        #expect(gate.admit(alert(.orderRejected, at: 5), at: noon + .seconds(5)).disposition == .throttled)
        #expect(gate.due(at: noon + .seconds(400)).map(\.of.count) == [2])
    }

    @Test("in the quiet time warnings wait, critical alerts pass, and the morning has one message")
    func quietTime() {
        var gate = gate {
            $0.quietFrom = 11 * 60
            $0.quietTo = 13 * 60
        }
        let warning = alert(.feedStale, "BTC/USDT", .firing, at: 0)
        let critical = alert(.tradingHalted, "account", .firing, at: 1)
        let over = alert(.feedStale, "BTC/USDT", .resolved, at: 2, id: "over", incident: warning.incident)
        #expect(dispositions(&gate, [warning, critical, over]) == [.quiet, .sent, .quiet])
        let end = alert(.tradingHalted, "account", .resolved, at: 3, id: "end", incident: critical.incident)
        #expect(gate.admit(end, at: end.at).disposition == .sent)
        #expect(gate.due(at: noon + .seconds(3_599)).isEmpty)
        let due = gate.due(at: noon + .seconds(3_600))
        #expect(due.count == 1 && due[0].of == [warning.id, over.id] && due[0].summary.severity == .warning)
        #expect(due[0].summary.text.contains("No fresh price: BTC/USDT"))
    }

    @Test(
        "quiet hours are those of the clock on the wall, also on the days on which it is put forward and back",
        arguments: [
            // UTC moment, whether it is quiet between 22:00 and 07:00 in Berlin
            ("2025-03-29T20:59", false), ("2025-03-29T21:00", true), ("2025-03-30T00:59", true),
            ("2025-03-30T04:59", true), ("2025-03-30T05:00", false), ("2025-10-25T19:59", false),
            ("2025-10-25T20:00", true), ("2025-10-26T05:59", true), ("2025-10-26T06:00", false),
        ] as [(String, Bool)])
    func daylightSaving(moment: String, isQuiet: Bool) throws {
        func at(_ text: String) throws -> Int64 { try #require(CivilTime.parse(text)) }
        var policy = AlertPolicy()
        (policy.quietFrom, policy.quietTo) = (22 * 60, 7 * 60)
        policy.zone = AlertZone(
            initial: .hours(1),
            changes: [
                (try at("2025-03-30T01:00"), .hours(2)), (try at("2025-10-26T01:00"), .hours(1)),
            ])
        #expect(policy.isQuiet(at: WallTime(micros: try at(moment))) == isQuiet)
    }

    @Test("a night of quiet is as long as it is: 8 hours in spring, 10 in autumn")
    func lengthOfNights() throws {
        for (evening, hours) in [("2025-03-29T21:00", 8), ("2025-10-25T20:00", 10), ("2025-06-01T20:00", 9)] {
            var policy = AlertPolicy()
            (policy.quietFrom, policy.quietTo) = (22 * 60, 7 * 60)
            policy.zone = AlertZone(
                initial: .hours(1),
                changes: [
                    (try #require(CivilTime.parse("2025-03-30T01:00")), .hours(2)),
                    (try #require(CivilTime.parse("2025-10-26T01:00")), .hours(1)),
                ])
            let start = WallTime(micros: try #require(CivilTime.parse(evening)))
            let minutes = (0..<(24 * 60)).prefix { policy.isQuiet(at: start + .minutes(Int64($0))) }.count
            #expect(minutes == hours * 60, "\(evening)")
        }
    }

    @Test("no quiet time is configured where both ends are the same")
    func never() {
        #expect(!AlertPolicy().isQuiet(at: noon))
    }

    @Test("rules can be off, louder or quieter, and muted for a while")
    func configured() {
        var gate = gate { $0.severities = [.feedStale: .critical, .positionOpened: nil] }
        #expect(gate.admit(alert(.feedStale), at: noon).alert.severity == .critical)
        #expect(gate.admit(alert(.positionOpened), at: noon).disposition == .off)
        gate.mute(.feedStale, until: noon + .seconds(10))
        #expect(gate.admit(alert(.feedStale, at: 9), at: noon + .seconds(9)).disposition == .muted)
        #expect(gate.admit(alert(.feedSilent, at: 9), at: noon + .seconds(9)).disposition == .sent)
        #expect(gate.admit(alert(.feedStale, at: 10), at: noon + .seconds(10)).disposition == .sent)
        gate.mute(nil, until: noon + .seconds(20))
        #expect(gate.admit(alert(.feedSilent, at: 11), at: noon + .seconds(11)).disposition == .muted)
        #expect(gate.admit(alert(.test, at: 11), at: noon + .seconds(11)).disposition == .sent)
    }

    @Test("the end of what was muted is not told; the end of what was told is, also while it is muted")
    func endings() {
        var gate = gate()
        let told = alert(.serviceSilent, "feed", .firing, at: 0)
        #expect(gate.admit(told, at: told.at).disposition == .sent)
        gate.mute(.serviceSilent, until: noon + .seconds(100))
        let hidden = alert(.serviceSilent, "risk", .firing, at: 1)
        #expect(gate.admit(hidden, at: hidden.at).disposition == .muted)
        for (before, expected) in [(told, AlertDisposition.sent), (hidden, .muted)] {
            let end = alert(
                before.rule, before.key, .resolved, at: 2, id: before.id + "/over", incident: before.incident)
            #expect(gate.admit(end, at: end.at).disposition == expected)
        }
    }
}
