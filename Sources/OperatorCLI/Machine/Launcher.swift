import Glibc
import ServiceRuntime
import TradingModel
import Wire

/// Starts and stops supervisord with the four services below it.
struct Launcher: Sendable {
    let installation: Installation
    let supervisor: Supervisor
    let output: Output
    private let loaded: LoadedSettings

    init(_ desk: Desk) {
        loaded = desk.loaded
        installation = desk.installation
        supervisor = desk.installation.supervisor
        output = desk.output
    }

    /// Starts supervisord, which starts the services, and the exchange in a box where there is to be one; returns it once
    /// supervisord runs.
    func start() throws(Failure) -> BoxMarket? {
        guard let programs = installation.programDirectory else {
            throw Failure(
                "the service programs were not found beside \(Machine.ownPath) or in .build/release: "
                    + "build them with `make release`, or name their directory in QUARTET_BIN_DIR")
        }
        guard let deploy = installation.deployDirectory else {
            throw Failure(
                "deploy/supervisord.conf was not found: run quartet inside the repository, or name its directory in QUARTET_DEPLOY_DIR"
            )
        }
        do throws(ServiceFailure) {
            try RuntimeDirectories.prepare(installation.settings)
        } catch {
            throw Failure(error.description)
        }
        let box = boxMarket(programs)
        let environment = environment(programs: programs, deploy: deploy, box)
        guard
            let result = Subprocess.run("supervisord", ["-c", deploy + "/supervisord.conf"], environment: environment)
        else {
            let byHand = ServiceName.quartet.map { "\(programs)/\(Installation.program($0))" }.joined(separator: ", ")
            throw Failure(
                "there is no supervisord: run `sudo apt-get install supervisor`, or start by hand, in this order: \(byHand)"
            )
        }
        guard result.status == 0 else {
            let words = result.output.split(separator: "\n").suffix(3).joined(separator: "; ")
            throw Failure("supervisord did not start (status \(result.status)): \(words)")
        }
        // A question ends the second that supervisord would sleep before it starts the first program.
        _ = supervisor.pid()
        return box
    }

    /// The exchange in a box that is to be started; `nil` where the configuration says where market data comes from, or the
    /// program is not there.
    private func boxMarket(_ programs: String) -> BoxMarket? {
        guard BoxMarket.isWanted(loaded), Machine.isExecutable("\(programs)/\(BoxMarket.program)"),
            let port = BoxMarket.freePort()
        else { return nil }
        return BoxMarket(port: port, settings: installation.settings)
    }

    /// Starts the exchange in a box where it was given up. A sentence where that fails.
    func startBoxAgain(_ programs: [Supervisor.Program]) -> String? {
        guard supervisor.reasonForGivingUp(BoxMarket.service) != nil,
            let box = programs.first(where: { $0.name == BoxMarket.service }), !box.isUp
        else { return nil }
        return supervisor.start(box)
    }

    /// What `supervisord.conf` takes from its environment, as absolute paths.
    private func environment(programs: String, deploy: String, _ box: BoxMarket?) -> [String: String] {
        let settings = installation.settings
        var variables = [
            "QUARTET_SUPERVISOR_BIN": programs,
            "QUARTET_SUPERVISOR_DEPLOY": deploy,
            "QUARTET_SUPERVISOR_RUN": Machine.absolute(settings.runDirectory),
            "QUARTET_SUPERVISOR_LOG": Machine.absolute(settings.logDirectory),
            "QUARTET_SUPERVISOR_DATA": Machine.absolute(settings.dataDirectory),
            "QUARTET_SUPERVISOR_BOX": box == nil ? "false" : "true",
            "QUARTET_SUPERVISOR_BOX_OPTIONS": box?.options ?? "",
        ]
        if let box { variables.merge(box.environment) { $1 } }
        // The services read the file that was read here, whatever the way in which it was named.
        if let file = installation.configurationFile { variables["QUARTET_CONFIG"] = Machine.absolute(file) }
        return variables
    }

    /// Starts the dashboard where it does not run and waits a moment for its address. A sentence for the operator: nothing
    /// depends on it, so that its absence is told and is no failure.
    func showDashboard() -> String {
        let file = Machine.absolute(installation.settings.runDirectory) + "/dashboard.url"
        guard let programs = supervisor.programs(),
            let program = supervisor.program(of: .dashboard, in: programs)
        else { return "the dashboard is not known to the supervisor that runs" }
        if !program.isUp {
            unlink(file)
            if let complaint = supervisor.start(program) { return "the dashboard did not start: \(complaint)" }
        }
        let deadline = WallTime.now + .seconds(10)
        while WallTime.now < deadline {
            if let address = Machine.contents(file)?.split(separator: "\n").first { return "dashboard: \(address)" }
            usleep(20_000)
        }
        return "the dashboard has not told its address yet: see dashboard.console.log in the log directory"
    }

    /// Starts the messenger where a channel is configured. A sentence for the operator; `nil` where nobody is to be told.
    func startAlerts() -> String? {
        guard installation.settings.alerts.hasChannel(environment: Machine.environmentVariables) else { return nil }
        guard let programs = supervisor.programs(), let program = supervisor.program(of: .alerts, in: programs) else {
            return "the messenger is not known to the supervisor that runs"
        }
        guard !program.isUp else { return nil }
        if let complaint = supervisor.start(program) { return "the messenger did not start: \(complaint)" }
        return "alerts: quartet-alerts is started; quartet alerts test sends a message"
    }

    /// Stops the services in reverse order, then supervisord. Returns what had to be done by force.
    ///
    /// - Parameter say: is told of each step as it is done.
    func stop(say: (String) -> Void) throws(Failure) -> [String] {
        var forced: [String] = []
        guard let master = supervisor.pid(), let programs = supervisor.programs() else {
            return try stopOrphans(say: say)
        }
        // The messenger goes first, or it would tell that the others have gone.
        for service in [.alerts] + ServiceName.quartet.reversed() + [.dashboard] {
            guard let program = supervisor.program(of: service, in: programs) else { continue }
            guard program.isUp || program.state == "BACKOFF" else {
                if !ServiceName.quartet.contains(service) { continue }
                say("\(service.rawValue) was \(program.state.lowercased()) already")
                continue
            }
            let begun = WallTime.now
            if let complaint = supervisor.stop(program, patience: Launcher.patience) {
                say(complaint)
                forced += force(service, pid: program.pid)
            } else {
                say("\(service.rawValue) stopped in \(Figures.age(WallTime.now - begun))")
            }
        }
        // Last, since feed watches it; it keeps its market at the end.
        if let box = programs.first(where: { $0.name == BoxMarket.service }), box.isUp {
            let begun = WallTime.now
            let complaint = supervisor.stop(box, patience: Launcher.patience)
            say(complaint ?? "the exchange in a box stopped in \(Figures.age(WallTime.now - begun))")
        }
        if let complaint = supervisor.shutdown() { say(complaint) }
        if !Subprocess.waitForEnd([master], seconds: Double(Launcher.patience)).isEmpty {
            kill(pid_t(master), SIGKILL)
            _ = Subprocess.waitForEnd([master], seconds: 2)
            forced.append("supervisord (pid \(master))")
        }
        return forced
    }

    /// Seconds a service may take to end by itself; its own limit is 5, the supervisor's a little more.
    private static let patience = 15

    /// Stops services that no supervisor knows, found by who listens on their sockets.
    private func stopOrphans(say: (String) -> Void) throws(Failure) -> [String] {
        var forced: [String] = []
        let directory = Machine.absolute(installation.settings.runDirectory)
        for service in [.alerts] + ServiceName.quartet.reversed() {
            guard let pid = UnixSocket.listener(path: "\(directory)/\(service.rawValue).rep") else { continue }
            say("\(service.rawValue) runs without a supervisor (pid \(pid)); telling it to stop")
            kill(pid_t(pid), SIGTERM)
            if !Subprocess.waitForEnd([pid], seconds: 8).isEmpty { forced += force(service, pid: pid) }
        }
        return forced
    }

    private func force(_ service: ServiceName, pid: Int) -> [String] {
        guard let process = ProcessFacts(pid: pid), process.program == Installation.program(service) else { return [] }
        kill(pid_t(pid), SIGKILL)
        _ = Subprocess.waitForEnd([pid], seconds: 2)
        return ["\(service.rawValue) (pid \(pid))"]
    }
}
