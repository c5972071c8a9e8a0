import Glibc
import Synchronization
import Testing

@testable import OperatorCLI

@Suite("A reader that has gone away", .serialized)
struct ClosedReaderTests {
    @Test("what has services to stop goes on without its reader")
    func goesOn() throws {
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        close(ends[0])
        defer { close(ends[1]) }
        Output.endsWithItsReader.store(false, ordering: .relaxed)
        defer { Output.endsWithItsReader.store(true, ordering: .relaxed) }
        Output.write("nobody reads this\n", to: ends[1])
        #expect(errno == EPIPE, "the write failed, and this process is still there to say so")
    }
}
