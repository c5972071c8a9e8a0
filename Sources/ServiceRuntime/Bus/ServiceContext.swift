public import Logging
public import Messaging
public import Wire

/// What a service is given when it starts.
public struct ServiceContext: Sendable {
    public let name: ServiceName
    public let settings: Settings
    /// The secrets this service owns, and no others.
    public let secrets: Secrets
    /// The one thread of the service: its shell, its bus and its timers.
    public let loop: EventLoop
    public let log: Logger
    /// Ends the process; see ``fail(_:_:)``.
    private let onFailure: @Sendable (StopReason) -> Void

    public init(
        name: ServiceName, settings: Settings, loop: EventLoop, log: Logger, secrets: Secrets = .none,
        onFailure: @escaping @Sendable (StopReason) -> Void = { _ in }
    ) {
        self.name = name
        self.settings = settings
        self.secrets = secrets
        self.loop = loop
        self.log = log
        self.onFailure = onFailure
    }

    /// Says that the service cannot go on: it is stopped in good order and its process ends with `code`.
    public func fail(_ code: ExitStatus, _ sentence: String) { onFailure(.failed(code, sentence)) }
}

/// Why a service stops.
public enum StopReason: Sendable, Hashable {
    /// Somebody asked for it: a signal or the supervisor.
    case requested(String)
    /// It cannot go on, for the reason in the sentence.
    case failed(ExitStatus, String)
}

/// How a process of ours ends, as a supervisor sees it: the numbers of sysexits.h.
public enum ExitStatus: Int32, Sendable, CaseIterable {
    case success = 0
    /// Something unforeseen; starting again may help.
    case failure = 1
    /// The command line is wrong; starting again does not help.
    case usage = 64
    /// A file of data is corrupt or of a newer schema; starting again does not help.
    case dataFormat = 65
    /// Something of ours that is needed is not there.
    case unavailable = 69
    /// A defect of the program.
    case software = 70
    /// The disk is full or a file cannot be read or written.
    case inputOutput = 74
    /// It may work in a moment.
    case temporary = 75
    /// A permission is missing.
    case permission = 77
    /// The configuration is wrong; starting again does not help.
    case configuration = 78
}

/// The part of a service that touches the world: it takes what arrives to its core and does what the core directs.
///
/// An actor on the loop of its context. The runtime cannot declare this for it, so that each shell says
///
///     nonisolated let loop: EventLoop
///     nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
///
/// All closures it gives to its ``ServiceBus`` then run inside its isolation, on the loop's thread.
public protocol ServiceShell: Actor {
    /// Opens what it needs; called on any thread.
    init(context: ServiceContext) throws
    /// Recovers, subscribes, serves.
    func start() throws
    /// Ends within a few seconds; called once.
    func stop(_ reason: StopReason)
}
