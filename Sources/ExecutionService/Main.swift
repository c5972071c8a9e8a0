import ServiceRuntime
import Wire

@main
enum ExecutionMain {
    static func main() async {
        await ServiceMain.run(.execution, ExecutionShell.self)
    }
}
