import ArgumentParser
import ServiceRuntime
import Wire

/// Options that every command takes.
struct SharedOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The configuration file.",
            discussion:
                "Without it QUARTET_CONFIG, ./quartet.yaml or /etc/quartet/quartet.yaml, whichever is there first.",
            valueName: "file"))
    var config: String?

    @Flag(name: .long, help: "Print JSON for programs: decimals as strings, times in microseconds since 1970 UTC.")
    var json = false

    @Option(
        name: .long,
        help: ArgumentHelp("Use colours: auto, always or never. NO_COLOR switches them off too.", valueName: "when"))
    var color: Canvas.Colours = .auto

    var output: Output { Output(canvas: .detected(color)) }
}

extension Canvas.Colours: ExpressibleByArgument {}

/// A service named on the command line.
extension ServiceName: ExpressibleByArgument {
    /// The six programs; the operator is none.
    public static var programs: [ServiceName] { quartet + [.dashboard, .alerts] }
    public static var allValueStrings: [String] { programs.map(\.rawValue) }
    public init?(argument: String) {
        guard let service = ServiceName(rawValue: argument), ServiceName.programs.contains(service) else { return nil }
        self = service
    }
}

/// What a command works with: its settings, the installation around it, and where to write.
struct Desk: Sendable {
    let loaded: LoadedSettings
    let installation: Installation
    let output: Output
    let wantsJSON: Bool

    var settings: Settings { loaded.settings }
    var canvas: Canvas { output.canvas }

    /// Reads the configuration and looks around.
    static func open(_ options: SharedOptions) throws(Failure) -> Desk {
        do throws(SettingsError) {
            let loaded = try SettingsLoader.load(file: options.config, environment: Machine.environmentVariables)
            return Desk(
                loaded: loaded, installation: Installation.around(loaded), output: options.output,
                wantsJSON: options.json)
        } catch {
            throw Failure(error.description)
        }
    }

    var books: Books { Books(directory: Machine.absolute(settings.dataDirectory)) }

    func bus() throws(Failure) -> BusClient { try BusClient(directory: Machine.absolute(settings.runDirectory)) }

    /// Prints a report: as JSON where that was asked for, else as `lines` make it.
    func show<R: WireBody>(_ report: R, _ lines: (R) -> [String]) {
        if wantsJSON { output.line(JSONText.of(report)) } else { output.lines(lines(report)) }
    }
}

/// A command that works at a desk.
protocol DeskCommand: AsyncParsableCommand {
    var options: SharedOptions { get }
    func run(at desk: Desk) async throws
}

extension DeskCommand {
    mutating func run() async throws { try await run(at: Desk.open(options)) }
}
