import TradingModel
import Wire

/// supervisord as seen through its socket: what it says of each program, and the few things it is told.
struct Supervisor: Sendable {
    let socketPath: String
    /// Where `restart_limit.py` leaves the reason for giving a service up.
    let dataDirectory: String

    /// One program as supervisord knows it.
    struct Program: Sendable, Equatable {
        let name: String
        let group: String
        /// `RUNNING`, `STARTING`, `BACKOFF`, `STOPPED`, `EXITED`, `FATAL`, `STOPPING`.
        let state: String
        let pid: Int
        /// Why it is in that state, where supervisord knows.
        let detail: String

        var isUp: Bool { state == "RUNNING" || state == "STARTING" }
        var fullName: String { group == name ? name : group + ":" + name }
    }

    /// Every program; `nil` where supervisord does not answer.
    func programs() -> [Program]? {
        guard case .success(let answer)? = call("supervisor.getAllProcessInfo", [], patience: 3) else { return nil }
        return answer.elements.map { info in
            let state = info["statename"]?.text ?? "UNKNOWN"
            let complaint = info["spawnerr"]?.text ?? ""
            return Program(
                name: info["name"]?.text ?? "", group: info["group"]?.text ?? "", state: state,
                pid: info["pid"]?.number ?? 0, detail: complaint.isEmpty ? info["description"]?.text ?? "" : complaint)
        }
    }

    /// The program of a service, whatever its prefix: `feed`, `quartet-feed`, `quartet:feed`.
    func program(of service: ServiceName, in programs: [Program]) -> Program? {
        programs.first { $0.name == service.rawValue || $0.name == "quartet-" + service.rawValue }
    }

    /// Why a service was given up and stays down, since a moment; `nil` where it was not.
    func reasonForGivingUp(_ service: ServiceName, since moment: WallTime = .distantPast) -> String? {
        reasonForGivingUp(service.rawValue, since: moment)
    }

    /// The same of any program by its name.
    func reasonForGivingUp(_ program: String, since moment: WallTime = .distantPast) -> String? {
        let path = "\(dataDirectory)/\(program).down"
        guard let written = Machine.modified(path), written >= moment, let text = Machine.contents(path) else {
            return nil
        }
        return text.split(separator: "\n").first.map(String.init)
    }

    /// supervisord's own pid; `nil` where it does not answer.
    func pid() -> Int? {
        guard case .success(let answer)? = call("supervisor.getPID", [], patience: 3) else { return nil }
        return answer.number
    }

    /// Stops one program and waits until it has ended. `nil` when done, else a sentence.
    func stop(_ program: Program, patience: Int) -> String? {
        complaint(
            call("supervisor.stopProcess", [.string(program.fullName), .boolean(true)], patience: patience),
            of: "stop \(program.name)")
    }

    /// Starts one program without waiting. `nil` when done, else a sentence.
    func start(_ program: Program) -> String? {
        complaint(
            call("supervisor.startProcess", [.string(program.fullName), .boolean(false)], patience: 10),
            of: "start \(program.name)")
    }

    /// Kills one program with SIGKILL.
    func kill(_ program: Program) -> String? {
        complaint(
            call("supervisor.signalProcess", [.string(program.fullName), .string("KILL")], patience: 5),
            of: "kill \(program.name)")
    }

    /// Tells supervisord to stop what is left and to end.
    func shutdown() -> String? { complaint(call("supervisor.shutdown", [], patience: 5), of: "shut down") }

    private func complaint(_ answer: Result<XMLRPCValue, XMLRPCFault>?, of deed: String) -> String? {
        switch answer {
        case .success: nil
        // 70 is NOT_RUNNING and 60 ALREADY_STARTED: what was wanted is the case.
        case .failure(let fault) where fault.code == 70 || fault.code == 60: nil
        case .failure(let fault): "supervisord could not \(deed): \(fault.message)"
        case nil: "supervisord did not answer at \(socketPath) when told to \(deed)"
        }
    }

    private func call(_ method: String, _ parameters: [XMLRPCValue], patience: Int) -> Result<XMLRPCValue, XMLRPCFault>?
    {
        let body = Array(XMLRPC.call(method, parameters).utf8)
        let head =
            "POST /RPC2 HTTP/1.0\r\nHost: localhost\r\nContent-Type: text/xml\r\nContent-Length: \(body.count)\r\n\r\n"
        guard let answer = UnixSocket.exchange(path: socketPath, request: Array(head.utf8) + body, timeout: patience)
        else { return nil }
        let text = String(decoding: answer, as: UTF8.self)
        guard let range = text.firstRange(of: "\r\n\r\n") else { return nil }
        do throws(XMLRPCFault) {
            return .success(try XMLRPC.answer(String(text[range.upperBound...])))
        } catch {
            return .failure(error)
        }
    }
}
