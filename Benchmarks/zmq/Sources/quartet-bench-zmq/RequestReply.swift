import Glibc
import Messaging
import ServiceRuntime
import TradingModel
import Wire

/// Request and reply between two processes: bytes over Messaging, then real messages over the bus.
enum RequestReply {
    static let warmUp = 2_000

    /// Bytes of the real messages, ids in front.
    static func serveRaw(_ desk: Desk, replyBytes: Int) throws {
        let reply = [UInt8](repeating: 121, count: replyBytes)
        _ = try Responder(
            loop: desk.loop, endpoint: .ipc(directory: desk.directory, name: "raw.rep"),
            identify: { frame in frame.withBytes { .init(id: RawID.text($0), keepFor: 5_000_000) } },
            handler: { request in
                var answer = reply
                request.frame.withBytes { asked in answer.withUnsafeMutableBytes { RawID.copy(asked, to: $0) } }
                answer.withUnsafeBytes { request.reply($0) }
            })
    }

    static func askRaw(_ desk: Desk, requestBytes: Int, count: Int, _ done: @escaping () -> Void) throws {
        let requester = try Requester(loop: desk.loop, endpoint: .ipc(directory: desk.directory, name: "raw.rep")) { frame in
            frame.withBytes { RawID.text($0) }
        }
        var nanos: [Int64] = []
        nanos.reserveCapacity(count)
        var request = [UInt8](repeating: 120, count: requestBytes)
        func next(_ index: Int) {
            guard index < count + warmUp else {
                printPercentiles("reqrep-raw", nanos)
                return done()
            }
            let start = MonotonicClock.nanos
            request.withUnsafeMutableBytes { RawID.write(index, to: $0) }
            let id = request.withUnsafeBytes { RawID.text($0) }
            _ = request.withUnsafeBytes { bytes in
                requester.send(id: id, frame: bytes, timeToLive: 5_000_000, retryEvery: 500_000) { outcome in
                    guard case .reply = outcome else { fail("a raw request expired") }
                    if index >= warmUp { nanos.append(MonotonicClock.nanos - start) }
                    next(index + 1)
                }
            }
        }
        next(0)
    }

    /// Execution's side: reads the order request and answers with a report of the order.
    static func serveBus(_ desk: Desk) throws {
        let bus = try ServiceBus(context: desk.context(.execution))
        bus.serve { request in
            do throws(WireError) {
                request.reply(Samples.report(try request.body(OrderRequest.self)))
            } catch { request.refuse(error) }
        }
    }

    static func askBus(_ desk: Desk, count: Int, _ done: @escaping () -> Void) throws {
        let bus = try ServiceBus(context: desk.context(.risk), serves: false)
        let ids = (0..<count + warmUp).map { "bench-\(bus.session)-\($0)" }
        let request = Samples.request("bench")
        var nanos: [Int64] = []
        nanos.reserveCapacity(count)
        func next(_ index: Int) {
            guard index < count + warmUp else {
                printPercentiles("reqrep-bus", nanos)
                return done()
            }
            let start = MonotonicClock.nanos
            bus.request(request, to: .execution, id: ids[index], timeToLive: .seconds(5)) { outcome in
                guard case .reply(let message) = outcome, let report = try? message.body(OrderReport.self),
                    report.order?.status == .accepted
                else { fail("a request over the bus was not answered: \(outcome)") }
                if index >= warmUp { nanos.append(MonotonicClock.nanos - start) }
                next(index + 1)
            }
        }
        next(0)
    }
}

/// Sixteen digits at the start of a raw message.
enum RawID {
    static func write(_ index: Int, to bytes: UnsafeMutableRawBufferPointer) {
        var rest = index
        for position in (0..<16).reversed() {
            bytes[position] = UInt8(48 + rest % 10)
            rest /= 10
        }
    }
    static func text(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes.prefix(16), as: UTF8.self) }
    static func copy(_ source: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer) {
        target.copyMemory(from: UnsafeRawBufferPointer(rebasing: source.prefix(16)))
    }
}
