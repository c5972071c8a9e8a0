import Testing

@testable import Messaging

extension ReplyStore {
    fileprivate mutating func keep(_ reply: [UInt8], to id: String, until expiresAt: Int64, at now: Int64) {
        let request = Responder.Request(nil, .empty, .parts([]), id: id, expiresAt: expiresAt)
        begin(request)
        keep(reply, for: request, at: now)
    }
    fileprivate func reply(to id: String, at now: Int64) -> [UInt8]? { request(id, at: now)?.stored }
}

@Suite("The store of replies")
struct ReplyStoreTests {
    @Test("a request under way is found until it is dropped or its life is over")
    func underWay() {
        var store = ReplyStore()
        for id in ["a", "b"] { store.begin(Responder.Request(nil, .empty, .parts([]), id: id, expiresAt: 100)) }
        #expect(store.pending == 2 && store.count == 0)
        #expect(store.request("a", at: 99) != nil && store.request("a", at: 100) == nil)
        if let request = store.request("a", at: 0) { store.drop(request) }
        #expect(store.pending == 1 && store.request("a", at: 0) == nil)
        store.sweepPending(at: 100)
        #expect(store.pending == 0)
    }

    @Test("a reply is there until it expires")
    func age() {
        var store = ReplyStore()
        store.keep([1], to: "a", until: 100, at: 0)
        #expect(store.reply(to: "a", at: 99) == [1])
        #expect(store.reply(to: "a", at: 100) == nil)
        store.sweep(at: 100)
        #expect(store.count == 0 && store.bytes == 0)
    }

    @Test("the oldest replies leave when there are too many")
    func number() {
        var store = ReplyStore(.init(replies: 3, bytes: 100))
        for index in 0..<5 { store.keep([UInt8(index)], to: "\(index)", until: 1_000, at: 0) }
        #expect((0..<5).map { store.reply(to: "\($0)", at: 1) } == [nil, nil, [2], [3], [4]])
    }

    @Test("the oldest replies leave when there are too many bytes, and one that is too large does not stay either")
    func size() {
        var store = ReplyStore(.init(replies: 100, bytes: 10))
        for index in 0..<4 { store.keep(Array(repeating: 0, count: 4), to: "\(index)", until: 1_000, at: 0) }
        #expect(store.count == 2 && store.bytes == 8)
        store.keep(Array(repeating: 0, count: 11), to: "big", until: 1_000, at: 0)
        #expect(store.count == 0 && store.bytes == 0)
    }

    @Test("a reply that is kept again counts once and is the newest")
    func again() {
        var store = ReplyStore(.init(replies: 2, bytes: 100))
        store.keep([1], to: "a", until: 1_000, at: 0)
        store.keep([2], to: "b", until: 1_000, at: 0)
        store.keep([3, 3], to: "a", until: 1_000, at: 0)
        #expect(store.bytes == 3)
        store.keep([4], to: "c", until: 1_000, at: 0)
        #expect(store.reply(to: "b", at: 1) == nil)
        #expect(store.reply(to: "a", at: 1) == [3, 3])
    }

    @Test("its counts agree with a plain model", arguments: [1, 2, 3] as [UInt64])
    func property(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var store = ReplyStore(.init(replies: 20, bytes: 60))
        var model: [(id: String, reply: [UInt8], until: Int64)] = []
        for now in 0..<5_000 as Range<Int64> {
            let id = "\(Int.random(in: 0..<40, using: &generator))"
            let reply = [UInt8](
                repeating: UInt8.random(in: 0...255, using: &generator), count: Int.random(in: 0..<6, using: &generator)
            )
            let until = now + 30
            store.keep(reply, to: id, until: until, at: now)
            model.removeAll { $0.id == id }
            model.append((id, reply, until))
            while model.count > 20 || model.reduce(0, { $0 + $1.reply.count }) > 60 || model[0].until <= now {
                model.removeFirst()
            }
            #expect(store.count == model.count, "seed \(seed)")
            #expect(store.bytes == model.reduce(0) { $0 + $1.reply.count }, "seed \(seed)")
            let probe = "\(Int.random(in: 0..<40, using: &generator))"
            #expect(store.reply(to: probe, at: now) == model.first { $0.id == probe }?.reply, "seed \(seed)")
        }
    }
}
