import Foundation
import Testing

/// What the tests of the box need from outside.
private enum BoxPrograms {
    static let isReady: Bool = {
        let box = Outside.binaries.appendingPathComponent("quartet-simulator").path
        let isBuilt = FileManager.default.isExecutableFile(atPath: box)
        if !isBuilt { print("skipped: no \(box) (swift build makes it)") }
        return isBuilt && Outside.python != nil
    }()

    /// A Python that has ccxt: `QUARTET_TEST_CCXT_PYTHON`, else the one `make test` prepares where it can.
    static let ccxt: String? = {
        let given = ProcessInfo.processInfo.environment["QUARTET_TEST_CCXT_PYTHON"]
        let path = given ?? Outside.repository.appendingPathComponent(".build/ccxt/bin/python3").path
        if FileManager.default.isExecutableFile(atPath: path) { return path }
        print("skipped: no Python with ccxt at \(path) (make test installs it where it can)")
        return nil
    }()
}

/// The exchange in a box, judged by programs that are not ours.
@Suite("The exchange in a box as a process", .serialized, .enabled(if: BoxPrograms.isReady))
struct BoxTests {
    @Test("it starts, speaks HTTP and WebSocket, loses replies and streams on command, and stops at SIGTERM")
    func session() {
        let result = Outside.program("box_session.py")
        #expect(result.status == 0, "\(result.output)")
        print(result.output)
    }

    @Test("its simulated model answers from the prompt, whole and streamed, and is wrong in every way it is told")
    func model() {
        let result = Outside.program("box_model.py")
        #expect(result.status == 0, "\(result.output)")
        print(result.output)
    }

    @Test("ccxt reads its markets, trades at it and sees what its truth says, spot and USDⓈ-M")
    func ccxtTrades() {
        guard let python = BoxPrograms.ccxt else { return }
        let result = Outside.run(python, [Outside.folder.appendingPathComponent("box_ccxt.py").path])
        // 77: ccxt is not there after all.
        #expect(result.status == 0 || result.status == 77, "\(result.output)")
        print(result.output)
    }

    @Test("quartet up starts it where no source is named; killed and stopped, the same market goes on without a hole")
    func run() {
        let result = Outside.program("box_run.py")
        #expect(result.status == 0, "\(result.output)")
        print(result.output)
    }

    @Test(
        "feed at a box with every fault on keeps its very candles, publishes nothing old as fresh, and is whole again after a kill"
    )
    func faults() {
        let result = Outside.program("feed_faults.py", "7", "120", "6", "binance_usdm", "1")
        #expect(result.status == 0, "\(result.output)")
        print(result.output)
    }

    @Test("ccxt beside feed sees the same rules, candles, prices, books and funding, spot and USDⓈ-M")
    func ccxtBeside() {
        guard let python = BoxPrograms.ccxt else { return }
        let result = Outside.run(python, [Outside.folder.appendingPathComponent("feed_beside.py").path])
        // 77: ccxt or pyzmq is not there after all.
        #expect(result.status == 0 || result.status == 77, "\(result.output)")
        print(result.output)
    }
}
