import FeedCore
import Testing
import TradingModel

@testable import FeedService

@Suite("Pacer")
struct PacerTests {
    @Test(
        "Market time runs at its speed from the anchor",
        arguments: [(1.0, 1_000), (60, 60_000), (0.5, 500), (1_000, 1_000_000)])
    func speed(speed: Double, millis: Int64) {
        let pacer = Pacer(speed: speed, market: newYear, wall: morning)
        #expect(pacer.marketTime(at: morning) == newYear)
        #expect(pacer.marketTime(at: morning - .seconds(1)) == newYear)
        #expect(pacer.marketTime(at: morning + .seconds(1)) == newYear + .milliseconds(millis))
    }

    @Test("The wall time of a market time is the first microsecond at which it is reached", arguments: 1...200)
    func inverse(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let speed = [0.1, 0.7, 1, 3, 60, 61.7, 1_000, 99_999][Int.random(in: 0..<8, using: &generator)]
        let pacer = Pacer(speed: speed, market: newYear, wall: morning)
        for _ in 0..<50 {
            let market = newYear + Span(micros: Int64.random(in: 0...10_000_000_000, using: &generator))
            let wall = pacer.wallTime(of: market)
            #expect(pacer.marketTime(at: wall) >= market - Span(micros: 1), "seed \(seed)")
            if wall > morning {
                #expect(pacer.marketTime(at: wall - Span(micros: 2)) < market + Span(micros: 1), "seed \(seed)")
            }
        }
    }

    @Test("Being late within the patience changes nothing; beyond it market time waits and goes on from there")
    func slip() {
        var pacer = Pacer(speed: 60, market: newYear, wall: morning)
        let event = newYear + .minutes(1)
        pacer.slip(next: event, at: morning + .milliseconds(1_900))
        #expect(pacer.slips == 0)
        #expect(pacer.marketTime(at: morning + .seconds(2)) == newYear + .minutes(2))
        pacer.slip(next: event, at: morning + .seconds(100))
        #expect(pacer.slips == 1)
        #expect(pacer.marketTime(at: morning + .seconds(100)) == event)
        #expect(pacer.marketTime(at: morning + .seconds(101)) == event + .minutes(1))
        #expect(pacer.wallTime(of: event) == morning + .seconds(100))
    }
}

@Suite("Steps")
struct StepPlannerTests {
    let planner = StepPlanner(decisionInterval: .minutes(5))
    func at(_ seconds: Int64) -> MarketTime { newYear + .seconds(seconds) }

    @Test(
        "Inattentive steps reach to the next decision boundary at or after the next event",
        arguments: [
            (0, 1, 300), (0, 300, 300), (300, 301, 600), (299, 300, 300), (0, 7_201, 7_500), (17, 18, 300),
        ] as [(Int64, Int64, Int64)])
    func inattentive(position: Int64, next: Int64, end: Int64) {
        #expect(planner.end(after: at(position), next: at(next), isAttentive: false) == at(end))
    }

    @Test(
        "Attentive steps are one moment long, and a boundary without events ends one too",
        arguments: [
            (0, 1, 1), (0, 300, 300), (300, 301, 301), (299, 300, 300), (290, 7_201, 300), (300, 7_201, 600),
        ] as [(Int64, Int64, Int64)])
    func attentive(position: Int64, next: Int64, end: Int64) {
        #expect(planner.end(after: at(position), next: at(next), isAttentive: true) == at(end))
    }

    @Test("Without events there is no step")
    func ended() {
        #expect(planner.end(after: at(0), next: nil, isAttentive: false) == nil)
        #expect(planner.end(after: at(0), next: nil, isAttentive: true) == nil)
    }
}
