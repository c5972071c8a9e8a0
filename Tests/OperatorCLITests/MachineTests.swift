import Foundation
import Testing
import TradingModel
import Wire

@testable import OperatorCLI

@Suite("Talking to supervisord")
struct SupervisorTests {
    /// As supervisord 4.2.5 writes it.
    private let info = """
        <?xml version='1.0'?>
        <methodResponse>
        <params>
        <param>
        <value><array><data>
        <value><struct>
        <member>
        <name>name</name>
        <value><string>feed</string></value>
        </member>
        <member>
        <name>group</name>
        <value><string>quartet</string></value>
        </member>
        <member>
        <name>pid</name>
        <value><int>4711</int></value>
        </member>
        <member>
        <name>statename</name>
        <value><string>FATAL</string></value>
        </member>
        <member>
        <name>spawnerr</name>
        <value><string>Exited too quickly &lt;see &amp; log&gt;</string></value>
        </member>
        <member>
        <name>flag</name>
        <value><boolean>1</boolean></value>
        </member>
        <member>
        <name>bare</name>
        <value>text</value>
        </member>
        </struct></value>
        </data></array></value>
        </param>
        </params>
        </methodResponse>
        """

    @Test("an answer is read into values")
    func answer() throws {
        let answer = try XMLRPC.answer(info)
        let program = try #require(answer.elements.first)
        #expect(program["name"]?.text == "feed")
        #expect(program["pid"]?.number == 4711)
        #expect(program["spawnerr"]?.text == "Exited too quickly <see & log>")
        #expect(program["flag"] == .boolean(true))
        #expect(program["bare"]?.text == "text")
    }

    @Test("a fault is an error with its number")
    func fault() {
        let xml = """
            <?xml version='1.0'?><methodResponse><fault><value><struct><member><name>faultCode</name><value><int>70</int></value></member>\
            <member><name>faultString</name><value><string>NOT_RUNNING: feed</string></value></member></struct></value></fault></methodResponse>
            """
        #expect(throws: XMLRPCFault(code: 70, message: "NOT_RUNNING: feed")) { try XMLRPC.answer(xml) }
    }

    @Test("a truncated answer is an error, never a crash and never half an answer")
    func prefixes() throws {
        let whole = try XMLRPC.answer(info)
        for count in stride(from: 0, to: info.count, by: 3) {
            if let answer = try? XMLRPC.answer(String(info.prefix(count))) {
                #expect(answer == whole, "the first \(count) characters are taken for another answer")
            }
        }
        #expect(throws: (any Error).self) {
            try XMLRPC.answer(String(repeating: "<value><array><data>", count: 500))
        }
    }

    @Test("a call escapes what it carries")
    func call() {
        let call = XMLRPC.call("supervisor.stopProcess", [.string("a<b>&c"), .boolean(true), .integer(3)])
        #expect(call.contains("<methodName>supervisor.stopProcess</methodName>"))
        #expect(call.contains("<string>a&lt;b&gt;&amp;c</string>"))
        #expect(call.contains("<boolean>1</boolean>"))
    }

    @Test("where nobody answers there is nothing, at once")
    func nobody() {
        let supervisor = Supervisor(socketPath: "/nowhere/supervisor.sock", dataDirectory: "/nowhere")
        #expect(supervisor.programs() == nil)
        #expect(supervisor.pid() == nil)
        #expect(supervisor.shutdown()?.contains("did not answer") == true)
    }
}

@Suite("Finding the installation")
struct InstallationTests {
    private func find(own: String, here: String, override: String? = nil, there: Set<String>) -> String? {
        Installation.findPrograms(ownPath: own, workingDirectory: here, override: override) { path in
            there.contains { path.hasPrefix($0 + "/quartet-") }
        }
    }

    @Test("programs beside quartet come first, then the release and debug builds above the working directory")
    func programs() {
        #expect(
            find(own: "/opt/q/bin/quartet", here: "/home/a", there: ["/opt/q/bin", "/home/a/.build/release"])
                == "/opt/q/bin")
        #expect(
            find(own: "/x/quartet", here: "/home/a/docs", there: ["/home/a/.build/debug", "/home/a/.build/release"])
                == "/home/a/.build/release")
        #expect(find(own: "/x/quartet", here: "/home/a", there: []) == nil)
        #expect(find(own: "/x/quartet", here: "/home/a", override: "/given", there: ["/x"]) == "/given")
    }

    @Test("deployment files are looked for above quartet, in share, and above the working directory")
    func deployment() {
        func find(own: String, here: String, there: Set<String>) -> String? {
            Installation.findDeployment(ownPath: own, workingDirectory: here, override: nil) { there.contains($0) }
        }
        #expect(find(own: "/r/.build/release/quartet", here: "/", there: ["/r/deploy/supervisord.conf"]) == "/r/deploy")
        #expect(
            find(own: "/usr/bin/quartet", here: "/", there: ["/usr/share/quartet/deploy/supervisord.conf"])
                == "/usr/share/quartet/deploy")
        #expect(
            find(own: "/usr/bin/quartet", here: "/h/r/docs", there: ["/h/r/deploy/supervisord.conf"]) == "/h/r/deploy")
    }
}

@Suite("Processes")
struct ProcessTests {
    @Test("a program's output and status are collected, and one that is not there is told apart")
    func run() throws {
        let result = try #require(
            Subprocess.run(
                "sh", ["-c", "echo out; echo err >&2; echo $COLOUR; exit 3"], environment: ["COLOUR": "red"]))
        #expect(result.status == 3)
        #expect(result.output == "out\nerr\nred\n")
        #expect(Subprocess.run("quartet-no-such-program", []) == nil)
        #expect(try #require(Subprocess.run("sh", ["-c", "kill -9 $$"])).status == 137)
    }

    @Test("the end of a process is waited for, and one that goes on is reported")
    func waitForEnd() throws {
        let child = try #require(Subprocess.start("sleep", ["60"]))
        #expect(Subprocess.waitForEnd([Int(child)], seconds: 0.05) == [Int(child)])
        kill(child, SIGKILL)
        #expect(Subprocess.waitForEnd([Int(child)], seconds: 5).isEmpty)
        #expect(Subprocess.wait(child) == 137)
        #expect(ProcessFacts(pid: Int(child)) == nil)
    }

    @Test("our own process is known by its program")
    func ownFacts() throws {
        let facts = try #require(ProcessFacts(pid: Machine.processID))
        #expect(Machine.ownPath.hasSuffix("/" + facts.program))
        #expect(try #require(facts.residentBytes) > 1_000_000)
        #expect(!facts.isStopped)
        #expect(ProcessFacts(pid: 0) == nil)
    }
}

@Suite("Log files")
struct LogTests {
    @Test("the last lines come first, then what is added, in whole lines, also after a rotation")
    func tail() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/risk.log"
            var tail = LogTail(path: path)
            #expect(tail.lastLines(5).isEmpty)
            #expect(tail.newLines().isEmpty)
            try write(Array((1...100).map { "line \($0)\n" }.joined().utf8), to: path)
            #expect(tail.lastLines(2) == ["line 99", "line 100"])
            try append("whole\nhal", to: path)
            #expect(tail.newLines() == ["whole"])
            try append("f\n", to: path)
            #expect(tail.newLines() == ["half"])
            try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
            #expect(tail.newLines().isEmpty)
            try write(Array("anew\n".utf8), to: path)
            #expect(tail.newLines() == ["anew"])
        }
    }

    @Test("lines of several files are merged by their times, text and JSON alike")
    func merged() {
        let lines = [
            "2026-11-22T18:00:02.000000Z INFO b", "2026-11-22T18:00:03.000000Z INFO c",
            "2026-11-22T18:00:01.000000Z INFO a",
        ]
        #expect(LogView.merged(lines).map { $0.last } == ["a", "b", "c"])
        let json = [
            #"{"@timestamp":"2026-11-22T18:00:02.000000Z","n":2}"#,
            #"{"@timestamp":"2026-11-22T18:00:01.000000Z","n":1}"#,
        ]
        #expect(LogView.merged(json).first?.contains("\"n\":1") == true)
    }

    @Test("levels are coloured on a terminal, and a line of another form is left as it is")
    func coloured() {
        let view = LogView(canvas: Canvas(isTerminal: true, width: 80, palette: .coloured), isJSON: false)
        #expect(view.line("2026-11-22T18:00:02.000000Z ERROR    risk: gone").contains("\u{1b}[31mERROR"))
        #expect(view.line("something else") == "something else")
    }
}

@Suite("Doctor")
struct DoctorTests {
    @Test("one failed check fails the whole, a notice does not")
    func verdict() {
        let ok = DoctorReport.Finding("system", "clock", .ok, "right")
        let notice = DoctorReport.Finding("system", "disk", .notice, "800 MB free", advice: "make room soon")
        let failed = DoctorReport.Finding("bus", "feed.pub", .failed, "mode 0666", advice: "run chmod 600 feed.pub")
        #expect(DoctorReport([ok, notice]).isHealthy)
        #expect(!DoctorReport([ok, notice, failed]).isHealthy)
        let lines = DoctorView.lines(DoctorReport([ok, failed]), on: .pipe)
        #expect(lines[2] == "failed\tbus\tfeed.pub\tmode 0666\trun chmod 600 feed.pub")
        #expect(
            JSONText.of(DoctorReport([failed]))
                == #"{"isHealthy":false,"findings":[{"area":"bus","check":"feed.pub","verdict":"failed","found":"mode 0666","advice":"run chmod 600 feed.pub"}]}"#
        )
    }

    @Test("a path's nearest directory that is there is found")
    func nearest() {
        #expect(Examination.nearestExisting("/proc/self/nothing/at/all") == "/proc/self")
        #expect(Examination.nearestExisting("/proc") == "/proc")
    }
}

@Suite("The screen")
struct ScreenTests {
    @Test("what does not fit the height is left out and said so")
    func height() {
        let frame = Screen.frame((1...20).map { "line \($0)" }, footer: "end", height: 10)
        let lines = frame.components(separatedBy: "\r\n")
        #expect(lines.count == 10)
        #expect(lines[8].contains("12 lines more"))
        #expect(lines[9].hasPrefix("end"))
        #expect(Screen.frame(["a"], footer: "end", height: 10).components(separatedBy: "\r\n").count == 2)
    }
}
