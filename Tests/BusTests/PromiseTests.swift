import Messaging
import Testing
import TradingModel
import Wire

@testable import ServiceRuntime

@Suite("Promises on the bus", .timeLimit(.minutes(20)))
struct PromiseTests {
    private static func ask<B: WireBody>(
        _ station: Station, _ body: B, _ service: ServiceName, id: String, life: Span = .seconds(600)
    ) -> Promise<String> {
        let outcome = Promise<String>()
        station.run { bus in
            bus.request(body, to: service, id: id, timeToLive: life) { result in
                switch result {
                case .reply(let message): outcome.fulfil("\(message.kind) of \(message.envelope.id ?? "-")")
                case .refused(let refusal): outcome.fulfil("refused \(refusal.code.rawValue): \(refusal.sentence)")
                case .expired: outcome.fulfil("expired")
                }
            }
        }
        return outcome
    }

    @Test("a request is answered, refused or expires")
    func outcomes() async throws {
        let scratch = RunScratch()
        try await withStation(.risk, in: scratch) { risk in
            #expect(
                await Self.ask(risk, StatusRequest(), .execution, id: "1", life: .milliseconds(80)).value == "expired")
            try await withStation(.execution, in: scratch) { execution in
                // Nobody serves yet: it waits, and is answered when somebody does.
                let early = Self.ask(risk, ExecutionSnapshotRequest(), .execution, id: "early")
                await execution.loop.until { readings(execution.bus)["bus.pendingRequests"] == 1 }
                execution.run { bus in
                    bus.serve { request in
                        switch request.kind {
                        case ExecutionSnapshotRequest.kind: request.reply(ExecutionSnapshot())
                        case OrderQuery.kind: break
                        default: request.refuseUnknownKind()
                        }
                    }
                }
                #expect(await early.value == "executionSnapshot of early")
                #expect(
                    await Self.ask(risk, ExecutionSnapshotRequest(), .execution, id: "3").value
                        == "executionSnapshot of 3")
                #expect(
                    await Self.ask(risk, FeedSnapshotRequest(), .execution, id: "4").value
                        == "refused unknownKind: execution does not serve requests of kind \"feedSnapshotRequest\".")
                #expect(
                    await Self.ask(risk, Sample.query, .execution, id: "5", life: .milliseconds(80)).value == "expired")
                #expect(await Self.ask(risk, StatusRequest(), .execution, id: "6").value == "health of 6")
                // A refusal is not kept: the same id is considered anew.
                execution.run { bus in bus.serve { $0.reply(OrderReport()) } }
                #expect(await Self.ask(risk, FeedSnapshotRequest(), .execution, id: "4").value == "orderReport of 4")
            }
        }
    }

    @Test("what is unwritable is refused here, and never sent")
    func unwritable() async throws {
        let scratch = RunScratch()
        try await withStation(.risk, in: scratch) { risk in
            let text = await Self.ask(risk, Reading("x", .infinity), .execution, id: "1").value
            #expect(text.hasPrefix("refused malformed: The reading request to execution was not sent"))
        }
    }

    @Test("a plain REQ client gets every kind of refusal in words, and status from anybody")
    func refusals() async throws {
        let scratch = RunScratch()
        try await withStation(.execution, in: scratch) { execution in
            var handled = 0
            execution.run { bus in
                bus.serve { request in
                    handled += 1
                    do throws(WireError) {
                        _ = try request.body(OrderQuery.self)
                        request.reply(OrderReport())
                    } catch { request.refuse(error) }
                }
            }
            let client = PlainClient(try scratch.endpoint(.execution, "rep"))
            func refusal(_ message: AnyMessage?) -> Refusal? { message?.body as? Refusal }

            let late = refusal(client.ask(Sample.query, id: "a", life: .seconds(-1)))
            #expect(late?.code == .expired && late?.sentence.contains("The orderQuery request a expired at") == true)
            #expect(refusal(client.ask(Sample.query, id: nil))?.code == .malformed)
            #expect(refusal(client.ask([0, 0, 0, 2, 123, 125]))?.code == .malformed)
            #expect(refusal(client.ask(Array("nonsense".utf8)))?.code == .malformed)
            var envelope = PlainClient.envelope(id: "b", life: nil)
            envelope.at = .now
            let frame = try WireMessage.encode(envelope, Sample.query)
            #expect(
                refusal(client.ask(ForgedPublisher.replacing("\"v\":1", "\"v\":2", in: frame)))?.code == .wrongMajor)
            #expect(handled == 0)
            // Another body than the kind says: the handler finds out, and refuses with the field's name.
            let odd = refusal(client.ask(ForgedPublisher.replacing("clientOrderId", "clientOrderYd", in: frame)))
            #expect(odd?.code == .malformed && odd?.sentence.contains("body.clientOrderId") == true)
            #expect(client.ask(StatusRequest(), id: nil, life: nil)?.body is Health)
            #expect(handled == 1)
        }
    }

    @Test("a repeat of an id is answered from the store; another kind or another source is another request")
    func repeats() async throws {
        let scratch = RunScratch()
        try await withStation(.execution, in: scratch) { execution in
            var handled = 0
            execution.run { bus in
                bus.serve { request in
                    handled += 1
                    var reply = Health()
                    reply.pid = handled
                    request.reply(reply)
                }
            }
            func count(_ message: AnyMessage?) -> Int? { (message?.body as? Health)?.pid }
            for _ in 0..<3 {
                let client = PlainClient(try scratch.endpoint(.execution, "rep"))
                #expect(count(client.ask(Sample.query, id: "x")) == 1)
            }
            let client = PlainClient(try scratch.endpoint(.execution, "rep"))
            #expect(count(client.ask(Sample.cancel, id: "x")) == 2)
            #expect(count(client.ask(Sample.query, id: "y")) == 3)
            try await withStation(.risk, in: scratch) { risk in
                let value = Promise<Int>()
                risk.run { bus in
                    bus.request(Sample.query, to: .execution, id: "x", timeToLive: .seconds(600)) { outcome in
                        guard case .reply(let message) = outcome else { return value.fulfil(-1) }
                        value.fulfil((try? message.body(Health.self).pid) ?? -2)
                    }
                }
                #expect(await value.value == 4)
            }
            #expect(execution.run { readings($0)["bus.repeats"] } == 2)
        }
    }

    @Test(
        "an answer that takes longer than the client's patience is given to its retries, once it is there, and made once"
    )
    func lateAnswer() async throws {
        let scratch = RunScratch()
        try await withStation(.execution, in: scratch) { execution in
            try await withStation(.risk, in: scratch) { risk in
                var kept: [InboundRequest] = []
                execution.run { bus in bus.serve { kept.append($0) } }
                let outcome = Self.ask(risk, Sample.query, .execution, id: "slow")
                await risk.loop.until { (readings(risk.bus)["bus.resent"] ?? 0) >= 2 }
                await execution.loop.until { (readings(execution.bus)["bus.repeats"] ?? 0) >= 1 }
                execution.run { _ in
                    #expect(kept.count == 1)
                    for request in kept { request.reply(OrderReport()) }
                    for request in kept { request.reply(Acknowledgement()) }
                    kept = []
                }
                #expect(await outcome.value == "orderReport of slow")
            }
        }
    }

    @Test("a service that restarts between request and answer answers the retry, and outcomes come exactly once")
    func restart() async throws {
        let scratch = RunScratch()
        try await withStation(.risk, in: scratch) { risk in
            var outcomes = 0
            let arrived = Promise<Bool>()
            try await withStation(.execution, in: scratch) { execution in
                execution.run { bus in bus.serve { _ in arrived.fulfil(true) } }
                risk.run { bus in
                    bus.request(Sample.query, to: .execution, id: "1", timeToLive: .seconds(600)) { outcome in
                        if case .reply = outcome { outcomes += 1 } else { Issue.record("\(outcome)") }
                    }
                }
                _ = await arrived.value
            }
            try await withStation(.execution, in: scratch) { execution in
                execution.run { bus in bus.serve { $0.reply(OrderReport()) } }
                await risk.loop.until { outcomes == 1 }
            }
        }
    }

    @Test(
        "a refusal of the moment that a successor gives to a repeat leaves the outcome unknown; given to the first, it is final"
    )
    func refusalOfASuccessor() async throws {
        let scratch = RunScratch()
        try await withStation(.risk, in: scratch) { risk in
            let arrived = Promise<Bool>()
            var outcome: Promise<String>?
            try await withStation(.execution, in: scratch) { execution in
                // It does the work, and ends before it can say so.
                execution.run { bus in bus.serve { _ in arrived.fulfil(true) } }
                outcome = Self.ask(risk, Sample.query, .execution, id: "1")
                _ = await arrived.value
            }
            try await withStation(.execution, in: scratch) { execution in
                execution.run { bus in bus.serve { $0.refuse(.notReady, "not reconciled yet") } }
                #expect(await outcome?.value == "expired")
                #expect(
                    await Self.ask(risk, Sample.query, .execution, id: "2").value
                        == "refused notReady: not reconciled yet")
            }
        }
    }

    @Test("closing a bus ends what it asked as expired, and a closed bus asks nobody")
    func closing() async throws {
        let scratch = RunScratch()
        try await withLoop { loop in
            let risk = try Station(.risk, in: scratch, on: loop)
            let outcome = Self.ask(risk, Sample.query, .execution, id: "1")
            risk.bus.close()
            #expect(await outcome.value == "expired")
            #expect(await Self.ask(risk, Sample.query, .execution, id: "2").value == "expired")
        }
    }

    @Test("a bus is refused where the directory is open, the path too long or the name taken")
    func refusedBuses() async throws {
        let scratch = RunScratch()
        func sentence(_ change: (inout Settings) -> Void) async throws -> String {
            try await withLoop { loop in
                do { _ = try Station(.feed, in: scratch, on: loop, change) } catch { return "\(error)" }
                return ""
            }
        }
        try await withStation(.feed, in: scratch) { _ in
            let taken = try await sentence { _ in }
            #expect(taken.contains("feed.pub is served by process"))
        }
        let shared = try await sentence { $0.runDirectory = "/tmp" }
        #expect(shared.contains("belongs to") || shared.contains("open to other users"))
        let long = scratch.path + "/" + String(repeating: "x", count: 100)
        let tooLong = try await sentence { $0.runDirectory = long }
        #expect(tooLong.contains("choose a shorter run directory"))
    }
}
