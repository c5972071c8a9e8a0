import ServiceRuntime
import Wire

@main
enum DashboardMain {
    static func main() async {
        await ServiceMain.run(.dashboard, DashboardShell.self)
    }
}
