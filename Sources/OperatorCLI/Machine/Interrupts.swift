@preconcurrency import Dispatch
import Glibc

/// Ctrl-C, SIGTERM and a closed terminal turned into a call, so that a command can end in order.
final class Interrupts: Sendable {
    private let sources: [any DispatchSourceSignal]

    /// Calls `body` on a thread of its own at the first signal; a second one ends the program at once, as an impatient person expects.
    init(_ body: @escaping @Sendable () -> Void) {
        sources = [SIGINT, SIGTERM, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                signal(number, SIG_DFL)
                body()
            }
            source.resume()
            return source
        }
    }

    deinit { for source in sources { source.cancel() } }
}
