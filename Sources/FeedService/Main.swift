import ServiceRuntime
import Wire

@main
enum FeedMain {
    static func main() async {
        await ServiceMain.run(.feed, FeedShell.self)
    }
}
