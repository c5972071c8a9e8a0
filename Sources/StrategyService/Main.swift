import ServiceRuntime
import Wire

@main
enum StrategyMain {
    static func main() async {
        await ServiceMain.run(.strategy, StrategyShell.self)
    }
}
