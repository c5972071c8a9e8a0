import AlertCore
import JSONText
import Testing
import TradingModel

@Suite("What channels are told, and what their answers mean")
struct ChannelTests {
    @Test(
        "an answer is read as what to do next",
        arguments: [
            (.telegram, 200, "{\"ok\":true,\"result\":{\"message_id\":17}}", nil, .delivered(reference: "17")),
            (
                .telegram, 429, "{\"ok\":false,\"parameters\":{\"retry_after\":35}}", nil,
                .notYet(wait: .seconds(35), reason: "it asks for patience (429)")
            ),
            (.telegram, 403, "{\"ok\":false}", nil, .refused(reason: "status 403: {\"ok\":false}")),
            (.telegram, 502, "bad gateway", nil, .unknown(reason: "status 502: bad gateway")),
            (.slack, 200, "ok", nil, .delivered(reference: nil)),
            (.slack, 429, "", "30", .notYet(wait: .seconds(30), reason: "it asks for patience (429)")),
            (.slack, 404, "no_service", nil, .refused(reason: "status 404: no_service")),
            (.slack, 500, "rollup_error", nil, .unknown(reason: "status 500: rollup_error")),
            (.discord, 200, "{\"id\":\"99\"}", nil, .delivered(reference: "99")),
            (
                .discord, 429, "{\"message\":\"slow\",\"retry_after\":1.5,\"global\":false}", "1",
                .notYet(wait: .milliseconds(1_500), reason: "it asks for patience (429)")
            ),
            (.pagerduty, 202, "{\"status\":\"success\",\"dedup_key\":\"k\"}", nil, .delivered(reference: "k")),
            (.pagerduty, 503, "", nil, .notYet(wait: nil, reason: "status 503")),
            (
                .pagerduty, 400, "{\"status\":\"invalid event\"}", nil,
                .refused(reason: "status 400: {\"status\":\"invalid event\"}")
            ),
        ] as [(AlertChannel, Int, String, String?, ChannelOutcome)])
    func answers(channel: AlertChannel, status: Int, body: String, header: String?, expected: ChannelOutcome) {
        let answer = ChannelAnswer(status: status, retryAfter: header, body: Array(body.utf8))
        #expect(ChannelDialect.outcome(answer, of: channel) == expected)
    }

    @Test("what Telegram takes for markup is escaped, and no message is longer than it takes nor torn in an entity")
    func telegram() throws {
        let hostile = alert(
            .orderRejected, "BTC/USDT", text: "<b>&amp; \"x\"</b>" + String(repeating: "&", count: 5_000))
        let body = ChannelDialect.request(hostile, to: .telegram, chat: "-1001").body
        let text = try body.node["text"].string()
        #expect(text.utf16.count <= 4_096)
        #expect(text.contains("&lt;b&gt;&amp;amp; \"x\"&lt;/b&gt;"))
        #expect(text.hasSuffix("&amp;…"))
        #expect(try body.node["chat_id"].integer() == -1001 && body.node["parse_mode"].string() == "HTML")
    }

    @Test("one that may be there already says so, but to PagerDuty it is the same event under the same key")
    func repeats() throws {
        let one = alert(.tradingHalted, "account", .firing, text: "why")
        for channel in AlertChannel.allCases {
            let first = ChannelDialect.request(one, to: channel, chat: "1", routingKey: "k")
            let again = ChannelDialect.request(one, to: channel, chat: "1", routingKey: "k", isRepeat: true)
            #expect(again.body.text().contains("(possibly repeated)") == (channel != .pagerduty), "\(channel)")
            #expect((first == again) == (channel == .pagerduty))
        }
    }

    @Test("PagerDuty is told the beginning, the knowledge and the end of an incident under one key")
    func pagerDuty() throws {
        let firing = alert(.serviceSilent, "feed", .firing, text: String(repeating: "long ", count: 1_000))
        var actions: [String] = []
        for phase in [Alert.Phase.firing, .acknowledged, .resolved] {
            var one = firing
            one.phase = phase
            let body = ChannelDialect.request(one, to: .pagerduty, routingKey: "key").body.node
            actions.append(try body["event_action"].string())
            #expect(try body["dedup_key"].string() == firing.incident && body["routing_key"].string() == "key")
            if phase == .firing {
                #expect(try body["payload"]["severity"].string() == "critical")
                #expect(try body["payload"]["summary"].string().utf16.count <= 1_024)
            } else {
                #expect(!body["payload"].isPresent)
            }
        }
        #expect(actions == ["trigger", "acknowledge", "resolve"])
    }

    @Test("Slack's and Discord's own markup does nothing, and nobody is pinged")
    func others() throws {
        let hostile = alert(.orderRejected, "BTC/USDT", text: "<!channel> @everyone *bold* `x`")
        let slack = ChannelDialect.request(hostile, to: .slack).body.text()
        #expect(slack.contains("&lt;!channel&gt;") && !slack.contains("<!channel>"))
        let discord = ChannelDialect.request(hostile, to: .discord)
        #expect(discord.path == "?wait=true" && discord.body.text().contains("\"allowed_mentions\":{\"parse\":[]}"))
        #expect(discord.body.text().contains("\\\\*bold\\\\*"))
    }

    @Test("a doubt is resolved once, the second one ends it; a refusal ends it at once; patience ends at last")
    func deliveries() {
        let policy = DeliveryPolicy()
        var delivery = Delivery(alertID: "a", channel: .slack, at: noon)
        delivery.attempts = 1
        let doubted = policy.after(.unknown(reason: "lost"), delivery, at: noon, spread: 0)
        #expect(doubted.state == .pending && doubted.isRepeat && doubted.nextAt == noon + .seconds(2))
        #expect(policy.after(.unknown(reason: "lost"), doubted, at: noon, spread: 0).state == .parked)
        #expect(policy.after(.refused(reason: "no"), delivery, at: noon, spread: 0).state == .parked)
        #expect(policy.after(.delivered(reference: "1"), doubted, at: noon, spread: 0).state == .delivered)
        var same = Delivery(alertID: "a", channel: .pagerduty, at: noon)
        for _ in 0..<10 { same = policy.after(.unknown(reason: "lost"), same, at: noon, spread: 0) }
        #expect(same.state == .pending && !same.isRepeat)
        let late = policy.after(.notYet(wait: nil, reason: "down"), delivery, at: noon + .hours(73), spread: 0)
        #expect(late.state == .parked && late.fault == "given up after 3d: down")
    }

    @Test("pauses double up to five minutes, and what a channel asks for is waited at least")
    func pauses() {
        let policy = DeliveryPolicy()
        #expect(
            (1...10).map { policy.pause(attempts: $0, spread: 0).micros / 1_000_000 } == [
                2, 4, 8, 16, 32, 64, 128, 256, 300, 300,
            ])
        #expect(policy.pause(attempts: 1, spread: 0.5) == .milliseconds(2_250))
        let delivery = Delivery(alertID: "a", channel: .discord, at: noon)
        let next = policy.after(.notYet(wait: .minutes(30), reason: "429"), delivery, at: noon, spread: 0)
        #expect(next.nextAt == noon + .minutes(30))
    }

    @Test("whether a message in doubt is there is read from an edit that changes nothing")
    func probes() {
        func said(_ status: Int, _ text: String) -> Bool? {
            ChannelDialect.probed(
                ChannelAnswer(status: status, body: Array("{\"ok\":false,\"description\":\"\(text)\"}".utf8)))
        }
        #expect(said(400, "Bad Request: message is not modified: specified new message content") == true)
        #expect(said(400, "Bad Request: message to edit not found") == false)
        #expect(said(400, "Bad Request: message can't be edited") == false)
        #expect(said(429, "Too Many Requests") == nil && said(500, "") == nil)
    }
}
