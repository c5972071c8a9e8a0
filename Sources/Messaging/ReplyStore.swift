/// What a responder remembers of requests, by id: those under way, and the replies of those that are answered.
///
/// Replies are bounded in number, bytes and age; the oldest leave first. A request under way is remembered until it is
/// answered or its life is over.
struct ReplyStore {
    /// What is kept at most.
    struct Limits {
        var replies = 4_096
        var bytes = 8 << 20
    }

    private let limits: Limits
    private var requests: [String: Responder.Request] = [:]
    /// Answered ones in the order of their answers; those before `head` are gone.
    private var answered: [Responder.Request?] = []
    private var head = 0
    private(set) var bytes = 0

    init(_ limits: Limits = Limits()) { self.limits = limits }

    /// How many replies are kept.
    var count: Int { answered.count - head }
    /// How many requests are under way.
    var pending: Int { requests.count - count }

    /// The request of that id, under way or answered.
    func request(_ id: String, at now: Int64) -> Responder.Request? {
        guard let request = requests[id], request.expiresAt > now else { return nil }
        return request
    }

    /// Remembers a request that is under way, in place of one of that id whose life is over.
    mutating func begin(_ request: Responder.Request) {
        guard let old = requests.updateValue(request, forKey: request.id), let reply = old.stored else { return }
        bytes -= reply.count
        // Far rarer than requests: an id that comes back after its first life.
        if let index = answered[head...].firstIndex(where: { $0 === old }) { answered.remove(at: index) }
    }

    /// Keeps the reply to a request that was under way, for as long as it lives or until newer ones need its room.
    mutating func keep(_ reply: [UInt8], for request: Responder.Request, at now: Int64) {
        // One that took longer than its life is forgotten already.
        guard requests[request.id] === request else { return }
        request.stored = reply
        answered.append(request)
        bytes += reply.count
        sweep(at: now)
    }

    /// Forgets a request that was under way and leaves nothing to keep.
    mutating func drop(_ request: Responder.Request) {
        if requests[request.id] === request { requests[request.id] = nil }
    }

    /// Forgets the oldest replies while there are too many or they have expired. Amortised O(1) a reply.
    mutating func sweep(at now: Int64) {
        while head < answered.count, let oldest = answered[head] {
            guard oldest.expiresAt <= now || count > limits.replies || bytes > limits.bytes else { break }
            bytes -= oldest.stored?.count ?? 0
            drop(oldest)
            answered[head] = nil
            head += 1
        }
        if head > 64, head * 2 > answered.count {
            answered.removeFirst(head)
            head = 0
        }
    }

    /// Forgets requests that were never answered in their life. O(n).
    mutating func sweepPending(at now: Int64) {
        guard pending > 0 else { return }
        for request in Array(requests.values) where request.stored == nil && request.expiresAt <= now { drop(request) }
    }
}
