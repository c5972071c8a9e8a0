import AgentCore
import Testing
import TradingModel

/// News: data that somebody else wrote.
@Suite("Headlines")
struct HeadlinesTests {
    private func read(_ text: String, limit: Int = 10) -> [String] { Headlines.read(Array(text.utf8), limit: limit) }

    private static let rss = """
        <?xml version="1.0"?><rss version="2.0"><channel><title>The Paper</title>
        <item><title><![CDATA[ETF inflows <b>surge</b> & hold]]></title><link>https://a</link></item>
        <item>
          <link/><title>Fed &amp; markets: rates &#117;nchanged &#x2014; Powell</title><description><title>no</title></description>
        </item>
        </channel></rss>
        """

    @Test("the titles of an RSS feed's items are read, the oldest first, without the feed's own name")
    func feed() {
        #expect(read(Self.rss) == ["Fed & markets: rates unchanged — Powell", "ETF inflows <b>surge</b> & hold"])
        #expect(read(Self.rss, limit: 1) == ["ETF inflows <b>surge</b> & hold"])
    }

    @Test("an Atom feed is read the same way")
    func atom() {
        let text = """
            <feed xmlns="http://www.w3.org/2005/Atom"><title>News</title>
            <entry><title type="html">second</title></entry><entry><title>first</title></entry></feed>
            """
        #expect(read(text) == ["first", "second"])
    }

    @Test("the last lines of a text are its news, each once and without blanks around it")
    func lines() {
        #expect(read("a\n\n  b \r\nc\tc\nb\n", limit: 2) == ["c c", "b"])
        #expect(read("").isEmpty && read("   \n ").isEmpty)
    }

    @Test("what is broken, endless or no text gives some lines or none, and never more than was asked for")
    func broken() {
        for text in [
            "<rss><item><title>cut", "<item><title>", "<", "<item><title><![CDATA[x", "<html><body>502</body></html>",
            "<item><title>&#xffffffff;&#55555555;&nope;&</title></item>",
        ] {
            #expect(read(text).count <= 1)
        }
        var random = SeededGenerator(seed: 7)
        let pieces = [
            "<item>", "</item>", "<title>", "</title>", "<![CDATA[", "]]>", "&amp;", "&#", "<", ">", "x", "\n",
        ]
        for _ in 0..<5_000 {
            var text = "<"
            for _ in 0..<(random.next() % 30) { text += pieces[Int(random.next() % UInt64(pieces.count))] }
            #expect(read(text, limit: 3).count <= 3)
        }
        let long = read(String(repeating: "x", count: 5_000))
        #expect(long.map(\.count) == [300])
        #expect(Headlines.read([UInt8](repeating: 0xff, count: 100), limit: 5).count == 1)
    }
}
