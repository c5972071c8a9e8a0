import FoundationEssentials
import Glibc
import Logging
import Messaging
import TradingModel
public import Wire

/// The whole of a service's `main`.
public enum ServiceMain {
    /// Reads the command line and the settings, opens logs and loop, starts the shell, waits for its end and ends the process.
    ///
    /// SIGTERM and SIGINT stop it in good order, by force after 5 s or at a second signal; SIGHUP opens the logs again.
    /// Exit statuses are those of ``ExitStatus``. The main thread waits for signals; nothing else runs on it.
    ///
    /// - Parameter status: how the process ends after an error of the shell's `init` or `start` that this room does not
    ///   know, such as one of its store; `nil` leaves it at ``ExitStatus/software``.
    public static func run<S: ServiceShell>(
        _ name: ServiceName, _ type: S.Type, status: @escaping @Sendable (any Error) -> ExitStatus? = { _ in nil }
    ) async -> Never {
        let begin = MonotonicClock.micros
        SignalInbox.hold()
        ProcessMemory.returnLargeBlocks()
        let words = CommandLine.arguments
        let program = words.first?.split(separator: "/").last.map(String.init) ?? "quartet-" + name.rawValue
        switch ServiceArguments.parse(Array(words.dropFirst()), program: program) {
        case .help:
            write(ServiceArguments.help(name, program: program), to: 1)
            exit(ExitStatus.success.rawValue)
        case .wrong(let sentence): end(program, .usage, sentence)
        case .run(let configuration):
            do {
                let prepared = try Preparation(name: name, configuration: configuration, begin: begin)
                exit(prepared.run(type, status).rawValue)
            } catch {
                end(program, ServiceMain.status(of: error), "\(error)")
            }
        }
    }

    /// How a process ends that could not start for this error.
    static func status(of error: any Error) -> ExitStatus {
        switch error {
        case let failure as ServiceFailure: failure.status
        case is SettingsError: .configuration
        case is LogSinkError: .inputOutput
        case let error as MessagingError:
            switch error.code {
            case .endpointInUse: .temporary
            case .endpointRefused, .directoryRefused, .keysRefused: .configuration
            case .system: .inputOutput
            }
        default: .software
        }
    }

    private static func end(_ program: String, _ status: ExitStatus, _ sentences: String) -> Never {
        let lines = sentences.split(separator: "\n").map { "\(program): \($0)\n" }.joined()
        write(lines, to: 2)
        exit(status.rawValue)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(descriptor, bytes, bytes.count)
    }
}

/// A process that is ready for its shell: settings read, directories and lock held, logs and loop open.
private struct Preparation {
    let name: ServiceName
    let begin: Int64
    let loaded: LoadedSettings
    let secrets: Secrets
    let sink: LogSink
    let log: Logger
    let notifier: SystemdNotifier
    let loop: EventLoop

    init(name: ServiceName, configuration: String?, begin: Int64) throws {
        self.name = name
        self.begin = begin
        let environment = ProcessInfo.processInfo.environment
        loaded = try SettingsLoader.load(file: configuration, environment: environment)
        let secrets = try Secrets.load(for: name, environment: environment)
        self.secrets = secrets
        let settings = loaded.settings
        try RuntimeDirectories.prepare(settings)
        try ServiceLock.take(service: name.rawValue, directory: settings.dataDirectory)
        var plan = LogPlan(service: name.rawValue, directory: settings.logDirectory, settings: settings.logging)
        plan.secrets = SecretName.allCases.compactMap { secrets[$0] }
        plan.style = .suitable(for: settings.logging.color, environment: environment, isTerminal: isatty(2) == 1)
        sink = try LogSink(plan)
        log = sink.logger(name.rawValue)
        notifier = SystemdNotifier(environment: environment, process: getpid())
        loop = try EventLoop(name: name.rawValue)
        for complaint in ProcessHardening.apply() { log.warning("\(complaint)") }
    }

    func run<S: ServiceShell>(
        _ type: S.Type, _ status: @escaping @Sendable (any Error) -> ExitStatus?
    ) -> ExitStatus {
        let changed = SettingsReport.rows(of: loaded).filter { $0.origin != SettingOrigin.standard.description }
        log.notice(
            "\(name.rawValue) starts in \(loaded.settings.mode.rawValue) mode, process \(getpid()), settings from \(loaded.file ?? "defaults")."
        )
        for row in changed { log.debug("\(row.key) is \(row.value) (\(row.origin)).") }
        notifier.status("starting")
        let news = ServiceNews()
        let holder = ShellHolder<S>(status)
        let context = ServiceContext(
            name: name, settings: loaded.settings, loop: loop, log: log, secrets: secrets
        ) { reason in
            news.post { if $0.failure == nil { $0.failure = reason } }
        }
        loop.execute { holder.start(context, news) }
        let runner = ServiceRunner(
            name: name, notifier: notifier, sink: sink, log: log, loop: loop, news: news,
            stop: { holder.stop($0) }, begin: begin)
        let status = runner.supervise()
        log.notice("\(name.rawValue) has stopped with status \(status.rawValue).")
        sink.close(within: .seconds(1))
        return status
    }
}

/// Holds the shell between start and stop.
///
/// `@unchecked Sendable`: `shell` is touched by ``start(_:_:)`` and ``stop(_:)`` only, and both run on the loop's
/// thread; `status` never changes.
private final class ShellHolder<S: ServiceShell>: @unchecked Sendable {
    private var shell: S?
    private let status: @Sendable (any Error) -> ExitStatus?

    init(_ status: @escaping @Sendable (any Error) -> ExitStatus?) { self.status = status }

    func start(_ context: ServiceContext, _ news: ServiceNews) {
        do {
            let shell = try S(context: context)
            self.shell = shell
            try shell.assumeIsolated { try $0.start() }
            news.post { $0.hasStarted = true }
        } catch {
            let status = status(error) ?? ServiceMain.status(of: error)
            news.post { if $0.failure == nil { $0.failure = .failed(status, "\(error)") } }
        }
    }

    func stop(_ reason: StopReason) {
        guard let shell else { return }
        shell.assumeIsolated { $0.stop(reason) }
        self.shell = nil
    }
}
