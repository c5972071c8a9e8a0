import Testing
import TradingModel

@testable import Venues

@Suite("The clock of an exchange")
struct VenueClockTests {
    private func wall(_ milliseconds: Int64) -> WallTime { WallTime(micros: 5_000_000_000 + milliseconds * 1_000) }
    private func venue(_ milliseconds: Int64) -> MarketTime { MarketTime(micros: 9_000_000_000 + milliseconds * 1_000) }

    @Test("an answer was true in the middle between asking and hearing, and time runs on from there")
    func middle() {
        var clock = VenueClock(speed: 1)
        #expect(clock.time(at: wall(0)) == nil)
        #expect(clock.take(venue(100), asked: wall(0), heard: wall(200)) == .taken)
        #expect(clock.time(at: wall(100)) == venue(100) && clock.time(at: wall(1_100)) == venue(1_100))
        #expect(clock.offset(at: wall(100)) == .seconds(4_000))
    }

    @Test("a quicker answer takes the place of a slower one, a slower one changes nothing")
    func quickest() {
        var clock = VenueClock(speed: 1)
        _ = clock.take(venue(0), asked: wall(0), heard: wall(400))
        _ = clock.take(venue(1_010), asked: wall(1_000), heard: wall(1_020))
        #expect(clock.time(at: wall(1_010)) == venue(1_010))
        _ = clock.take(venue(2_500), asked: wall(2_000), heard: wall(2_600))
        #expect(clock.time(at: wall(2_010)) == venue(2_010))
    }

    @Test("a jump is believed when two answers say the same, one alone is doubted")
    func jump() {
        var clock = VenueClock(speed: 1)
        _ = clock.take(venue(0), asked: wall(0), heard: wall(0))
        #expect(clock.take(venue(61_000), asked: wall(1_000), heard: wall(1_000)) == .doubted)
        #expect(clock.take(venue(2_000), asked: wall(2_000), heard: wall(2_000)) == .taken)
        #expect(clock.take(venue(63_000), asked: wall(3_000), heard: wall(3_000)) == .doubted)
        #expect(clock.time(at: wall(3_000)) == venue(3_000))
        #expect(clock.take(venue(64_000), asked: wall(4_000), heard: wall(4_000)) == .jumped(.seconds(60)))
        #expect(clock.time(at: wall(5_000)) == venue(65_000))
    }

    @Test("an exchange in a box may run sixty times as fast")
    func speed() {
        var clock = VenueClock(speed: 60)
        _ = clock.take(venue(0), asked: wall(0), heard: wall(0))
        #expect(clock.time(at: wall(1_000)) == venue(60_000))
        #expect(clock.scaled(.milliseconds(500)) == .seconds(30) && clock.wall(.seconds(30)) == .milliseconds(500))
    }
}
