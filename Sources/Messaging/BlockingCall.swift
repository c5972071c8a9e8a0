/// A call that one thread waits for while another makes it.
///
/// `@unchecked Sendable`: the waiting thread touches nothing between handing it over and the semaphore, and the other
/// nothing after.
final class BlockingCall<T>: @unchecked Sendable {
    private var body: (() throws -> T)?
    private var result: Result<T, any Error>?
    private let done = Semaphore()

    init(_ body: @escaping () throws -> T) { self.body = body }

    /// Makes the call.
    func run() {
        make()
        done.post()
    }

    /// A function of its own, so that no reference to the body is left when the waiting thread goes on.
    @inline(never)
    private func make() {
        guard let body else { return }
        result = Result { try body() }
        self.body = nil
    }

    func wait() throws -> T {
        done.wait()
        guard let result else { preconditionFailure("Invariant: a call that was made has a result") }
        return try result.get()
    }
}
