import Wire

/// What can be said on the command line of a service.
enum ServiceArguments: Hashable {
    case run(configuration: String?)
    case help
    /// The sentence about what is wrong.
    case wrong(String)

    static func parse(_ arguments: [String], program: String) -> ServiceArguments {
        var configuration: String?
        var rest = arguments[...]
        while let word = rest.popFirst() {
            switch word {
            case "--help", "-h": return .help
            case "--config":
                guard let path = rest.popFirst(), !path.isEmpty else {
                    return .wrong("--config needs the path of a file: \(program) --config quartet.yaml.")
                }
                configuration = path
            case _ where word.hasPrefix("--config=") && word.count > "--config=".count:
                configuration = String(word.dropFirst("--config=".count))
            default: return .wrong("\(program) does not know \"\(word)\": see \(program) --help.")
            }
        }
        return .run(configuration: configuration)
    }

    static func help(_ name: ServiceName, program: String) -> String {
        """
        usage: \(program) [--config FILE]

        The \(name.rawValue) service of Quartet. It runs in the foreground until SIGTERM or SIGINT, and is meant to be started by
        supervisord (quartet up) or systemd. SIGHUP opens the log files again.

          --config FILE   the configuration; else QUARTET_CONFIG, ./quartet.yaml, /etc/quartet/quartet.yaml, or defaults
          --help          this text

        Exit status: 0 stopped in good order, 64 wrong usage, 65 a database is damaged or newer than this program, 69 something
        needed is not there, 70 a defect, 74 input or output failed, 75 already running, 77 a permission is missing, 78 wrong
        configuration. After 64, 65 and 78 starting again does not help.

        """
    }
}
