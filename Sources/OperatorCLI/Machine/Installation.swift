import Composition
import ServiceRuntime
import StrategyCore
import TradingModel
import Wire

/// Where the parts of an installation are: programs, deployment files, directories.
struct Installation: Sendable {
    let settings: Settings
    /// The configuration file that was read; `nil` where there is none.
    let configurationFile: String?
    /// Where the four service programs are; `nil` where they were not found.
    let programDirectory: String?
    /// Where `supervisord.conf` is; `nil` where it was not found.
    let deployDirectory: String?

    /// What surrounds this program and its working directory.
    static func around(_ loaded: LoadedSettings) -> Installation {
        let (own, here) = (Machine.ownPath, Machine.workingDirectory)
        return Installation(
            settings: loaded.settings, configurationFile: loaded.file,
            programDirectory: findPrograms(
                ownPath: own, workingDirectory: here,
                override: Machine.environment("QUARTET_BIN_DIR").map(Machine.absolute),
                isProgram: Machine.isExecutable),
            deployDirectory: findDeployment(
                ownPath: own, workingDirectory: here,
                override: Machine.environment("QUARTET_DEPLOY_DIR").map(Machine.absolute),
                exists: { Machine.facts($0) != nil }))
    }

    /// supervisord as `deploy/supervisord.conf` sets it up.
    var supervisor: Supervisor {
        Supervisor(
            socketPath: Machine.absolute(settings.runDirectory) + "/supervisor.sock",
            dataDirectory: Machine.absolute(settings.dataDirectory))
    }

    /// What is wrong with the strategies the configuration names and with their parameters; `nil` where nothing is.
    var strategyFault: String? {
        do throws(ParameterError) {
            _ = try StrategyCore(settings: StrategyCore.Settings(settings))
            return nil
        } catch {
            return "strategy.active or strategy.parameters: \(error)"
        }
    }

    /// The file name of a service's program.
    static func program(_ service: ServiceName) -> String { "quartet-" + service.rawValue }

    /// Looks in `QUARTET_BIN_DIR`, beside this program, and in the build directories at or above the working directory.
    static func findPrograms(
        ownPath: String, workingDirectory: String, override: String?, isProgram: (String) -> Bool
    ) -> String? {
        if let override { return override }
        let beside = parent(of: ownPath)
        let candidates =
            [beside] + ancestors(of: workingDirectory).flatMap { [$0 + "/.build/release", $0 + "/.build/debug"] }
        return candidates.first { directory in
            ServiceName.quartet.allSatisfy { isProgram(directory + "/" + program($0)) }
        }
    }

    /// Looks in `QUARTET_DEPLOY_DIR`, above this program, in `../share/quartet` beside it, and at or above the working directory.
    static func findDeployment(
        ownPath: String, workingDirectory: String, override: String?, exists: (String) -> Bool
    ) -> String? {
        if let override { return override }
        let above = ancestors(of: parent(of: ownPath)).map { $0 + "/deploy" }
        let shared = parent(of: parent(of: ownPath)) + "/share/quartet/deploy"
        let here = ancestors(of: workingDirectory).map { $0 + "/deploy" }
        return (above + [shared] + here).first { exists($0 + "/supervisord.conf") }
    }

    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    /// The directory itself and all above it but the root.
    static func ancestors(of directory: String) -> [String] {
        var found: [String] = []
        var path = directory
        while path.count > 1 {
            found.append(path)
            path = parent(of: path)
        }
        return found
    }
}
