import ArgumentParser
import Glibc
import Wire

struct RecordingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recording", abstract: "Look into a recording.", subcommands: [RecordingInfo.self])
}

struct RecordingInfo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Count what is in a recording.",
        discussion: """
            EXAMPLE
              quartet recording info today.frames

            COLUMNS
              kind      of message                 holes    places where numbers are skipped
              messages  how many there are         missing  messages that were skipped there
              bytes     their frames' sizes

            A file that ends inside a frame, or holds something else, is told with the byte where it begins; \
            the status is 1 then.
            """)
    @OptionGroup var options: SharedOptions

    @Argument(help: "The recording.")
    var file: String

    func run() throws {
        let report = try RecordingInfo.examine(file)
        let output = options.output
        if options.json {
            output.line(JSONText.of(report))
        } else {
            output.lines(RecordingView.lines(report, on: output.canvas))
        }
        if !report.fault.isEmpty { throw Failure(report.fault) }
    }

    /// Reads a recording from beginning to end.
    static func examine(_ file: String) throws(Failure) -> RecordingReport {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure("\(file) cannot be read: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var census = RecordingCensus()
        var reader = FrameReader()
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        do throws(WireError) {
            while true {
                let count = read(descriptor, &buffer, buffer.count)
                guard count > 0 else { break }
                reader.append(buffer[..<count])
                while let frame = try reader.next() { _ = census.note(frame) }
            }
            try reader.finish()
        } catch {
            return census.report(file: file, fault: "\(file) is not a whole recording: \(error)")
        }
        let fault = census.unreadable == 0 ? "" : "\(file) holds \(census.unreadable) frames that are no messages"
        return census.report(file: file, fault: fault)
    }
}
