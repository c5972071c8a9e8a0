import CZeroMQ
import Glibc
import Testing

@testable import Messaging

@Suite("Endpoints and the files behind them", .timeLimit(.minutes(20)))
struct EndpointTests {
    private func refusal(_ body: () throws -> Void) -> String? {
        do { try body() } catch { return "\(error)" }
        return nil
    }

    private func mode(_ path: String) -> UInt32 {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    @Test(
        "unknown schemes are refused with a sentence",
        arguments: ["", "udp://1.2.3.4:5", "ipc://", "ipc://@abstract", "tcp://", "feed.pub"])
    func unknownSchemes(text: String) {
        #expect(throws: MessagingError.self) { try Endpoint(text) }
    }

    @Test("a path of 107 bytes is taken, one of 108 is refused with its length and what to do")
    func longPath() throws {
        let longest = "/tmp/" + String(repeating: "x", count: 102)
        #expect(try Endpoint("ipc://" + longest).path == longest)
        let sentence = refusal { _ = try Endpoint("ipc://" + longest + "x") }
        #expect(sentence?.contains("108 bytes long") == true)
        #expect(sentence?.contains("choose a shorter run directory") == true)
    }

    @Test("tcp without CURVE keys is refused before anything is bound or connected")
    func tcpNeedsKeys() async throws {
        let endpoint = try Endpoint("tcp://127.0.0.1:5999")
        try await withLoop { loop in
            loop.run {
                let bound = refusal { _ = try Publisher(loop: loop, endpoint: endpoint) }
                #expect(
                    bound
                        == "The endpoint tcp://127.0.0.1:5999 leaves this machine and needs CURVE keys: give keys or use ipc://."
                )
                #expect(
                    refusal {
                        _ = try Responder(loop: loop, endpoint: endpoint, identify: { _ in nil }, handler: { _ in })
                    } == bound)
                #expect(
                    refusal { _ = try Subscriber(loop: loop, endpoint: endpoint, prefixes: [""], handler: { _, _ in }) }
                        == bound)
                #expect(refusal { _ = try Requester(loop: loop, endpoint: endpoint, identify: { _ in nil }) } == bound)
            }
        }
    }

    @Test("with CURVE keys tcp works, and without the server's key nothing passes")
    func curve() async throws {
        let (server, client) = (try CurveKey.makePair(), try CurveKey.makePair())
        let endpoint = try Endpoint("tcp://127.0.0.1:\(12_000 + Int(getpid()) % 18_000)")
        try await withLoop { loop in
            let answer = Promise<String>()
            try loop.run {
                _ = try Responder(
                    loop: loop, endpoint: endpoint, security: .curveServer(secret: server.secret),
                    identify: { .init(id: $0.text.identifier, keepFor: 1_000_000) },
                    handler: { request in (request.frame.text + " heard").withBytes { request.reply($0) } })
                let trusted = try Requester(
                    loop: loop, endpoint: endpoint,
                    security: .curveClient(server: server.public, public: client.public, secret: client.secret),
                    identify: { $0.text.identifier })
                let stranger = try Requester(
                    loop: loop, endpoint: endpoint,
                    security: .curveClient(server: client.public, public: client.public, secret: client.secret),
                    identify: { $0.text.identifier })
                _ = "b:hello".withBytes {
                    stranger.send(id: "b", frame: $0, timeToLive: 5_000_000, retryEvery: 50_000) { outcome in
                        if case .reply = outcome { Issue.record("a stranger was answered") }
                    }
                }
                _ = "a:hello".withBytes {
                    trusted.send(id: "a", frame: $0, timeToLive: 5_000_000, retryEvery: 200_000) { outcome in
                        if case .reply(let frame) = outcome {
                            answer.fulfil(frame.text)
                        } else {
                            answer.fulfil("expired")
                        }
                    }
                }
            }
            #expect(await answer.value == "a:hello heard")
        }
    }

    @Test(
        "keys that are not 40 characters of Z85 are refused without being repeated",
        arguments: ["", "secret", String(repeating: "~", count: 40)])
    func badKeys(text: String) {
        let sentence = refusal { _ = try CurveKey(text) }
        #expect(sentence?.contains("40 characters of Z85") == true)
        #expect(text.isEmpty || sentence?.contains(text) == false)
    }

    @Test("the directory is made 0700 and the socket 0600, whatever the umask")
    func modes() async throws {
        let scratch = ScratchDirectory()
        let directory = scratch.path + "/run"
        let old = umask(0)
        defer {
            umask(old)
            unlink(directory + "/a.pub.lock")
            rmdir(directory)
        }
        try await withLoop { loop in
            try loop.run { _ = try Publisher(loop: loop, endpoint: .ipc(directory: directory, name: "a.pub")) }
            #expect(mode(directory) == 0o700)
            #expect(mode(directory + "/a.pub") == 0o600)
            #expect(mode(directory + "/a.pub.lock") == 0o600)
        }
        #expect(mode(directory + "/a.pub") == 0, "an orderly end takes the socket away")
    }

    @Test("sockets bound at the same time leave the process's umask alone: a directory made meanwhile keeps its mode")
    func umaskStays() async throws {
        let scratch = ScratchDirectory()
        let old = umask(0o022)
        defer { umask(old) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for name in 0..<4 {
                group.addTask {
                    try await withLoop { loop in
                        for turn in 0..<50 {
                            let endpoint = try scratch.endpoint("\(name)-\(turn).pub")
                            try loop.run { _ = try Publisher(loop: loop, endpoint: endpoint) }
                        }
                    }
                }
            }
            group.addTask {
                for turn in 0..<500 {
                    let directory = scratch.path + "/made\(turn)"
                    mkdir(directory, 0o700)
                    #expect(self.mode(directory) == 0o700)
                    rmdir(directory)
                }
            }
            try await group.waitForAll()
        }
        #expect(umask(0o022) == 0o022)
    }

    @Test(
        "a directory that others can enter is refused with its mode and what to do",
        arguments: [0o755, 0o701, 0o770] as [mode_t])
    func openDirectory(mode: mode_t) async throws {
        let scratch = ScratchDirectory()
        chmod(scratch.path, mode)
        try await withLoop { loop in
            let sentence = loop.run { refusal { _ = try Publisher(loop: loop, endpoint: scratch.endpoint("a.pub")) } }
            #expect(sentence?.contains("has mode 0\(String(mode, radix: 8))") == true)
            #expect(sentence?.contains("chmod 700") == true)
        }
    }

    @Test("a file in place of the directory is refused")
    func fileForDirectory() {
        let scratch = ScratchDirectory()
        close(open(scratch.path + "/f", O_CREAT | O_WRONLY, 0o600))
        #expect(refusal { try RunDirectory.prepare(scratch.path + "/f") }?.contains("is not a directory") == true)
    }

    @Test("a path that is served is refused with the holder's pid, and free again when the loop has ended")
    func takenPath() async throws {
        let scratch = ScratchDirectory()
        try await withLoop { first in
            try first.run { _ = try Publisher(loop: first, endpoint: scratch.endpoint("a.pub")) }
            try await withLoop { second in
                let sentence = second.run {
                    refusal { _ = try Publisher(loop: second, endpoint: scratch.endpoint("a.pub")) }
                }
                #expect(sentence == "The socket \(scratch.path)/a.pub is served by process \(getpid()): stop it first.")
            }
        }
        try await withLoop { loop in try loop.run { _ = try Publisher(loop: loop, endpoint: scratch.endpoint("a.pub")) }
        }
    }

    @Test(
        "a socket that a foreign process serves without our lock is refused, one that a dead process left is replaced")
    func staleSocket() async throws {
        let scratch = ScratchDirectory()
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: (scratch.path + "/a.pub").utf8) }
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        listen(listener, 1)
        try await withLoop { loop in
            let sentence = loop.run { refusal { _ = try Publisher(loop: loop, endpoint: scratch.endpoint("a.pub")) } }
            #expect(sentence?.contains("is served by a process that is not ours") == true)
        }
        close(listener)
        #expect(mode(scratch.path + "/a.pub") != 0, "the file is still there")
        try await withLoop { loop in try loop.run { _ = try Publisher(loop: loop, endpoint: scratch.endpoint("a.pub")) }
        }
    }
}
