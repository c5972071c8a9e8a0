// Risk's core against the naive second model of its rules over random histories: the long run of `RiskModelTests`.
//
// quartet-risk-model EVENTS [FIRST_SEED]: prints what was said how often, and exits 1 with the seed of a disagreement.
#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

let wanted = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 200_000
let firstSeed = CommandLine.arguments.dropFirst(2).first.flatMap { UInt64($0) } ?? 1
var events = 0
var seed = firstSeed
var answers: [String: Int] = [:]
var exits: [String: Int] = [:]
while events < wanted {
    var run = ModelRun(seed: seed)
    if let fault = run.play(steps: 3_000) {
        print("DISAGREED: \(fault)")
        exit(1)
    }
    events += run.events
    answers.merge(run.answers, uniquingKeysWith: +)
    exits.merge(run.exitReasons, uniquingKeysWith: +)
    seed += 1
}
print("\(events) events, seeds \(firstSeed)...\(seed - 1): the core and the naive model agree after each of them")
print("answers: " + answers.sorted { $0.value > $1.value }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
print("exits: " + exits.sorted { $0.value > $1.value }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
