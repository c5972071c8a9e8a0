import ArgumentParser
import ServiceRuntime
import TradingModel
import Wire

/// What every command to risk takes.
struct SteeringOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Why, in your words; it is kept with the command.", valueName: "text"))
    var why = ""
}

/// What of it a command is about: everything, a symbol, or a strategy.
struct SteeringScope: ParsableArguments {
    @Argument(help: "Only this symbol, such as BTC/USDT.")
    var symbol: Symbol?

    @Option(name: .long, help: ArgumentHelp("Only what this strategy proposes or has open.", valueName: "name"))
    var strategy: String?
}

private func steer(_ desk: Desk, _ verb: OperatorCommand.Verb, _ scope: SteeringScope, why: String) async throws {
    var command = OperatorCommand()
    command.verb = verb
    command.symbol = scope.symbol
    command.strategy = scope.strategy
    command.who = Machine.operatorName
    command.why = why
    let bus = try desk.bus()
    let answer = await bus.ask(.risk, command, for: CommandResult.self, patience: .seconds(10))
    switch answer {
    case .failure(let failure):
        let file = Machine.absolute(desk.settings.runDirectory) + "/KILL"
        let other = verb == .halt ? "; risk also halts while the file \(file) is there: touch it" : ""
        throw Failure(failure.description + other)
    case .success(let (_, result)):
        desk.show(result) { Steering.lines($0, on: desk.canvas) }
        if !result.isDone { throw ExitCode(CommandStatus.failed.rawValue) }
    }
}

/// How the answer to a command looks.
enum Steering {
    static func lines(_ result: CommandResult, on canvas: Canvas) -> [String] {
        var lines = [canvas.palette.paint(TextWidth.harmless(result.sentence), result.isDone ? .strong : .bad)]
        if !result.orders.isEmpty {
            lines.append("orders sent: " + result.orders.map(\.text).joined(separator: ", "))
        }
        return lines + TradingStateView.banner(result.state, on: canvas)
    }
}

struct Halt: DeskCommand {
    static let configuration = CommandConfiguration(
        abstract: "Stop trading: nothing new is opened until you resume.",
        discussion: """
            Risk refuses every proposal with TRADING_HALTED. Open positions stay guarded by their stops; \
            use flatten to leave them.

            EXAMPLE
              quartet halt --why "rate decision at 20:00"
              quartet halt BTC/USDT --why "delisting rumour"
              quartet halt --strategy momentum --why "three losses in a row"

            When no command can be given, touch RUN_DIR/KILL: risk halts everything while that file is there. \
            The answer of risk is printed; the state and your reason survive a restart.
            """)
    @OptionGroup var options: SharedOptions
    @OptionGroup var steering: SteeringOptions
    @OptionGroup var scope: SteeringScope

    func run(at desk: Desk) async throws { try await steer(desk, .halt, scope, why: steering.why) }
}

struct Reduce: DeskCommand {
    static let configuration = CommandConfiguration(
        abstract: "Exits only: positions may shrink, none may grow.",
        discussion: """
            Risk refuses every entry with TRADING_REDUCING; exits, by plan or by signal, pass.

            EXAMPLE
              quartet reduce --why "thin market over the weekend"
            """)
    @OptionGroup var options: SharedOptions
    @OptionGroup var steering: SteeringOptions
    @OptionGroup var scope: SteeringScope

    func run(at desk: Desk) async throws { try await steer(desk, .reduce, scope, why: steering.why) }
}

struct Resume: DeskCommand {
    static let configuration = CommandConfiguration(
        abstract: "Trade again after halt or reduce.",
        discussion: """
            Risk may refuse, with its reason: limits that are still broken are not lifted by resuming.

            EXAMPLE
              quartet resume --why "the news is out"
            """)
    @OptionGroup var options: SharedOptions
    @OptionGroup var steering: SteeringOptions
    @OptionGroup var scope: SteeringScope

    func run(at desk: Desk) async throws { try await steer(desk, .resume, scope, why: steering.why) }
}

struct Flatten: DeskCommand {
    static let configuration = CommandConfiguration(
        abstract: "Close positions at market: all of them, or those of one symbol.",
        discussion: """
            Asks before it does so on a terminal; --yes answers in advance, and without a terminal it is required. \
            Trading goes on afterwards: halt first if it should not.

            EXAMPLES
              quartet flatten                     everything
              quartet flatten BTC/USDT --yes      one symbol, without a question
              quartet flatten --strategy scalping what one strategy has open

            Printed are the answer of risk and the ids of the exit orders it caused; see quartet orders.
            """)
    @OptionGroup var options: SharedOptions
    @OptionGroup var steering: SteeringOptions

    @OptionGroup var scope: SteeringScope

    @Flag(name: .long, help: "Do not ask.")
    var yes = false

    func run(at desk: Desk) async throws {
        let what =
            scope.symbol.map { "the position of \($0)" } ?? scope.strategy.map { "every position of \($0)" }
            ?? "every open position"
        if !yes {
            guard Machine.hasTerminal else {
                throw ValidationError("flatten closes \(what) at market: say --yes where there is no terminal to ask")
            }
            guard Prompt.isConfirmed("Close \(what) at market?") else { throw Failure("nothing was done") }
        }
        try await steer(desk, .flatten, scope, why: steering.why)
    }
}

extension Symbol: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

/// Questions to a person at a terminal.
enum Prompt {
    /// Only `y` or `yes` is a yes.
    static func isConfirmed(_ question: String) -> Bool {
        Output.write(question + " [y/N] ", to: 2)
        guard let answer = readLine() else { return false }
        return ["y", "yes"].contains(answer.lowercased())
    }
}
