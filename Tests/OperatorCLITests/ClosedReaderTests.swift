import Glibc
import Synchronization
import Testing

@testable import OperatorCLI

@Suite("A reader that has gone away")
struct ClosedReaderTests {
    @Test("what has services to stop goes on without its reader")
    func goesOn() async {
        // In a process of its own: written wrongly, the write ends the process with status 0.
        await #expect(processExitsWith: .exitCode(7)) {
            signal(SIGPIPE, SIG_IGN)
            var ends: [Int32] = [0, 0]
            guard pipe(&ends) == 0 else { exit(8) }
            close(ends[0])
            Output.endsWithItsReader.store(false, ordering: .relaxed)
            Output.write("nobody reads this\n", to: ends[1])
            exit(7)
        }
    }

    @Test("a filter ends quietly with its reader")
    func ends() async {
        await #expect(processExitsWith: .exitCode(0)) {
            signal(SIGPIPE, SIG_IGN)
            var ends: [Int32] = [0, 0]
            guard pipe(&ends) == 0 else { exit(8) }
            close(ends[0])
            Output.write("nobody reads this\n", to: ends[1])
            exit(7)
        }
    }
}
