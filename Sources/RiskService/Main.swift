import ServiceRuntime
import Wire

@main
enum RiskMain {
    static func main() async {
        await ServiceMain.run(.risk, RiskShell.self)
    }
}
