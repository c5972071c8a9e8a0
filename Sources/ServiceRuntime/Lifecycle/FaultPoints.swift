import Glibc

/// A step at which a test can end the process as a power cut would, between two things that belong together.
public enum FaultPoint: String, Sendable, CaseIterable {
    /// A request has arrived, nothing is decided.
    case requested
    /// The core has decided, nothing is written.
    case decided
    /// Before the transaction begins.
    case beforeCommit = "before_commit"
    /// All rows are written, the transaction is open.
    case insideCommit = "inside_commit"
    /// The transaction is committed, nobody knows.
    case committed
    /// The venue has the command.
    case sent
    /// The venue has answered or told something, nothing of it is decided. Live only.
    case heard
    case beforeReply = "before_reply"
    /// The reply has left, the facts have not.
    case replied
    case beforePublish = "before_publish"
    case published
}

/// Ends the process with SIGKILL at the n-th passage of one point, as `QUARTET_TEST_FAULT=committed:3` says.
///
/// Part of every build, so that what is proven is the program that trades; refused where orders go to a real exchange.
/// Not thread-safe: it belongs to one shell.
public final class FaultPoints {
    public static let variable = "QUARTET_TEST_FAULT"

    private let point: FaultPoint?
    private var passagesLeft: Int

    /// Reads the environment's wish; none is the rule. A box is an exchange on this machine, where no money is.
    public init(
        environment: [String: String], mode: TradingMode, isAtABox: Bool = false
    ) throws(ServiceFailure) {
        guard let wish = environment[Self.variable], !wish.isEmpty else {
            (point, passagesLeft) = (nil, 0)
            return
        }
        guard mode == .paper || isAtABox else {
            throw ServiceFailure(
                .configuration, "\(Self.variable) is set, and mode is live: faults are for paper only, so unset it.")
        }
        let parts = wish.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let count = parts.count == 2 ? Int(parts[1]) : 1
        guard let point = FaultPoint(rawValue: String(parts.first ?? "")), let count, count >= 1 else {
            let known = FaultPoint.allCases.map(\.rawValue).joined(separator: ", ")
            throw ServiceFailure(
                .configuration, "\(Self.variable) is \"\(wish)\": write POINT or POINT:COUNT, POINT one of \(known).")
        }
        (self.point, passagesLeft) = (point, count)
    }

    /// Whether a fault is planned at all.
    public var isArmed: Bool { point != nil }

    /// Ends the process here where the plan says so; it does not return then.
    @inline(__always)
    public func pass(_ passed: FaultPoint) {
        guard point != nil else { return }
        note(passed)
    }

    private func note(_ passed: FaultPoint) {
        guard passed == point else { return }
        passagesLeft -= 1
        guard passagesLeft <= 0 else { return }
        // Nothing of ours runs any more after this: no flush, no handler, no destructor.
        kill(getpid(), SIGKILL)
        while true { pause() }
    }
}
