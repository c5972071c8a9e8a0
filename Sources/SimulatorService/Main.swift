import ArgumentParser
import Glibc

@main
enum SimulatorMain {
    static func main() async {
        signal(SIGPIPE, SIG_IGN)
        let stop = StopSignal()
        do {
            let options = try SimulatorOptions.parse()
            try await SimulatorRun(options).run(until: stop)
        } catch {
            SimulatorOptions.exit(withError: error)
        }
    }
}
