import Messaging
import ServiceRuntime
import TradingModel
import Wire

/// Why a service did not give an answer.
enum AskFailure: Error, CustomStringConvertible {
    /// Nobody listens on its socket.
    case notRunning(service: ServiceName, path: String)
    /// Somebody listens, but no answer came in time.
    case silent(service: ServiceName, patience: Span)
    case refused(service: ServiceName, Refusal)
    case unreadable(service: ServiceName, WireError)
    case noBus(String)

    var description: String {
        switch self {
        case .notRunning(let service, let path):
            "\(service.rawValue) is not running: nobody listens at \(path); start it with `quartet up`"
        case .silent(let service, let patience):
            "\(service.rawValue) did not answer within \(patience): look at `quartet logs \(service.rawValue)`"
        case .refused(let service, let refusal): "\(service.rawValue) refused: \(refusal.sentence)"
        case .unreadable(let service, let error): "\(service.rawValue) answered with something unreadable: \(error)"
        case .noBus(let reason): reason
        }
    }
}

/// The operator's side of the bus: asks services and listens to them.
struct BusClient: Sendable {
    let loop: EventLoop
    /// Where the sockets are.
    let directory: String
    /// What tells this run of the program from another one in an envelope.
    let session: String

    init(directory: String) throws(Failure) {
        self.directory = directory
        let seed = "\(Machine.ownPath) \(WallTime.now.micros) \(Machine.processID)"
        session = StableHash.of(seed).short(13)
        do {
            loop = try EventLoop(name: "operator")
        } catch {
            throw Failure("the bus cannot be used: \(error)")
        }
    }

    func publisherEndpoint(of service: ServiceName) throws(MessagingError) -> Endpoint {
        try .ipc(directory: directory, name: service.rawValue + ".pub")
    }

    func responderPath(of service: ServiceName) -> String { directory + "/" + service.rawValue + ".rep" }

    /// Whether somebody accepts connections on a service's request socket: known at once, without a message.
    func isListening(_ service: ServiceName) -> Bool { UnixSocket.isListening(path: responderPath(of: service)) }

    /// Asks a service and waits for the answer; a service that does not listen is told apart at once.
    func ask<Question: WireBody, Answer: WireBody>(
        _ service: ServiceName, _ question: Question, for _: Answer.Type, patience: Span = .seconds(3)
    ) async -> Result<(envelope: Envelope, body: Answer), AskFailure> {
        guard isListening(service) else {
            return .failure(.notRunning(service: service, path: responderPath(of: service)))
        }
        let frame: [UInt8]
        var envelope = Envelope()
        do throws(WireError) {
            let now = WallTime.now
            envelope.source = ServiceName.operator.rawValue
            envelope.session = session
            envelope.at = now
            envelope.id = "operator-\(session)-\(now.micros)"
            envelope.expiresAt = now + patience
            frame = try WireMessage.encode(envelope, question)
        } catch {
            return .failure(.unreadable(service: service, error))
        }
        let outcome = await exchange(with: service, id: envelope.id ?? "", frame: frame, patience: patience)
        return outcome.flatMap { bytes in BusClient.read(bytes, from: service) }
    }

    private static func read<Answer: WireBody>(
        _ bytes: [UInt8], from service: ServiceName
    ) -> Result<(envelope: Envelope, body: Answer), AskFailure> {
        bytes.withUnsafeBytes { frame in
            do throws(WireError) {
                let (envelope, body) = try WireMessage.decodeEnvelope(frame)
                if envelope.kind == Refusal.kind {
                    return .failure(
                        .refused(service: service, try WireMessage.decodeBody(Refusal.self, of: frame, body)))
                }
                guard envelope.kind == Answer.kind else {
                    throw WireError(.unknownKind, "the answer is of kind \(envelope.kind), not \(Answer.kind)")
                }
                return .success((envelope, try WireMessage.decodeBody(Answer.self, of: frame, body)))
            } catch {
                return .failure(.unreadable(service: service, error))
            }
        }
    }

    private func exchange(
        with service: ServiceName, id: String, frame: [UInt8], patience: Span
    ) async -> Result<[UInt8], AskFailure> {
        await withCheckedContinuation { continuation in
            loop.execute { [loop, directory] in
                do {
                    let endpoint = try Endpoint.ipc(directory: directory, name: service.rawValue + ".rep")
                    let requester = try Requester(loop: loop, endpoint: endpoint, identify: BusClient.identify)
                    let isSent = frame.withUnsafeBytes { bytes in
                        requester.send(id: id, frame: bytes, timeToLive: patience.micros, retryEvery: 500_000) {
                            outcome in
                            switch outcome {
                            case .reply(let reply):
                                continuation.resume(returning: .success(reply.withBytes { Array($0) }))
                            case .expired:
                                continuation.resume(returning: .failure(.silent(service: service, patience: patience)))
                            }
                            // Not inside its own completion: the requester still walks over what waits.
                            loop.after(micros: 0) { requester.close() }
                        }
                    }
                    if !isSent {
                        continuation.resume(returning: .failure(.silent(service: service, patience: patience)))
                    }
                } catch {
                    continuation.resume(returning: .failure(.noBus("\(service.rawValue) cannot be asked: \(error)")))
                }
            }
        }
    }

    private static func identify(_ frame: ReceivedFrame) -> String? {
        frame.withBytes { bytes in (try? WireMessage.decodeEnvelope(bytes))?.envelope.id }
    }
}
