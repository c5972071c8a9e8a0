/// Replies by the id of their request, oldest first out: bounded in number, bytes and age.
struct ReplyStore {
    /// What a store holds at most.
    struct Limits {
        var replies = 4_096
        var bytes = 8 << 20
    }

    private struct Stored {
        var reply: [UInt8]
        var serial: Int
        var expiresAt: Int64
    }

    private let limits: Limits
    private var replies: [String: Stored] = [:]
    /// Ids in the order in which they came; entries before `head` are gone.
    private var order: [(id: String, serial: Int)] = []
    private var head = 0
    private var nextSerial = 0
    private(set) var bytes = 0

    init(_ limits: Limits = Limits()) { self.limits = limits }

    var count: Int { replies.count }

    /// The reply to `id`, while it is kept.
    func reply(to id: String, at now: Int64) -> [UInt8]? {
        guard let stored = replies[id], stored.expiresAt > now else { return nil }
        return stored.reply
    }

    /// Keeps a reply until `expiresAt` (``MonotonicClock``), or until newer ones need its room.
    mutating func keep(_ reply: [UInt8], to id: String, until expiresAt: Int64, at now: Int64) {
        if let old = replies.removeValue(forKey: id) { bytes -= old.reply.count }
        replies[id] = Stored(reply: reply, serial: nextSerial, expiresAt: expiresAt)
        order.append((id, nextSerial))
        nextSerial += 1
        bytes += reply.count
        sweep(at: now)
    }

    /// Forgets the oldest while there are too many or they have expired. Amortised O(1) a reply.
    mutating func sweep(at now: Int64) {
        while head < order.count {
            let (id, serial) = order[head]
            if let stored = replies[id], stored.serial == serial {
                guard stored.expiresAt <= now || replies.count > limits.replies || bytes > limits.bytes else { break }
                bytes -= stored.reply.count
                replies[id] = nil
            }
            head += 1
        }
        if head > 64, head * 2 > order.count {
            order.removeFirst(head)
            head = 0
        }
    }
}
