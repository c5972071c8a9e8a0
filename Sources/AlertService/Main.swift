import ServiceRuntime
import Wire

@main
enum AlertMain {
    static func main() async {
        await ServiceMain.run(.alerts, AlertShell.self)
    }
}
