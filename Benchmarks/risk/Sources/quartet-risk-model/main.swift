// Risk's core against the naive second model of its rules over random histories: the long run of `RiskModelTests`.
//
// quartet-risk-model EVENTS [FIRST_SEED]: few long histories of about 19,000 events each.
// quartet-risk-model sequences COUNT [FIRST_SEED]: many short ones of 4 to 24 steps, each with a start, limits and a seed of
// its own. Both print what was said how often, and exit 1 with the seed of a disagreement.
#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

let arguments = Array(CommandLine.arguments.dropFirst())
let isShort = arguments.first == "sequences"
let numbers = arguments.filter { $0 != "sequences" }
let wanted = numbers.first.flatMap { Int($0) } ?? 200_000
let firstSeed = numbers.dropFirst().first.flatMap { UInt64($0) } ?? 1
var events = 0
var steps = 0
var moved = 0
var seed = firstSeed
var answers: [String: Int] = [:]
var exits: [String: Int] = [:]
while isShort ? seed - firstSeed < UInt64(wanted) : events < wanted {
    var run = ModelRun(seed: seed)
    let length = isShort ? 4 + Int(seed % 21) : 3_000
    if let fault = run.play(steps: length) {
        print("DISAGREED: \(fault)")
        exit(1)
    }
    events += run.events
    steps += length
    moved += run.movedPlans
    answers.merge(run.answers, uniquingKeysWith: +)
    exits.merge(run.exitReasons, uniquingKeysWith: +)
    seed += 1
    if isShort, (seed - firstSeed) % 100_000 == 0 {
        print("\(seed - firstSeed) sequences, seeds \(firstSeed)...\(seed - 1), \(events) events: no disagreement")
        fflush(nil)
    }
}
print(
    "\(seed - firstSeed) sequences of \(steps) steps, \(events) events, seeds \(firstSeed)...\(seed - 1): "
        + "the core and the naive model agree after each of them")
print("answers: " + answers.sorted { $0.value > $1.value }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
print("exits: " + exits.sorted { $0.value > $1.value }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
print("entries filled at or beyond their target, and moved with it: \(moved)")
