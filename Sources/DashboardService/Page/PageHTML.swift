/// The page itself. It names its scripts and styles and holds none, so that the content security policy can refuse both.
enum PageHTML {
    /// With or without TradingView's chart library, which wants to be named where it is used.
    static func index(withLibrary: Bool) -> String {
        index.replacing(
            "<!--library-->", with: withLibrary ? "<script src=\"/lightweight-charts.js\" defer></script>" : ""
        ).replacing(
            "<!--attribution-->",
            with: withLibrary
                ? "<a href=\"https://www.tradingview.com/\" rel=\"noopener noreferrer\">Candles: TradingView Lightweight Charts™ © 2024 TradingView, Inc., Apache-2.0</a>"
                : "")
    }

    private static let index = #"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>Quartet</title>
        <link rel="icon" href="/icon.svg" type="image/svg+xml">
        <link rel="stylesheet" href="/app.css">
        <!--library-->
        <script src="/charts.js" defer></script>
        <script src="/market.js" defer></script>
        <script src="/views.js" defer></script>
        <script src="/app.js" defer></script>
        </head>
        <body data-link="loading" data-state="unknown">
        <a class="skip" href="#main">Skip to the figures</a>
        <header class="top">
          <div class="brand"><img src="/icon.svg" alt="" width="26" height="26"><h1>Quartet</h1>
            <span class="badge" id="mode">…</span></div>
          <div class="clock"><span id="market-time" title="Market time, UTC">–</span><span id="rate" class="muted"></span></div>
          <div class="actions">
            <span class="link"><i aria-hidden="true"></i><span id="link-text" role="status">connecting</span></span>
            <button type="button" class="quiet" id="theme">Theme</button>
            <button type="button" class="stop" id="stop">Stop trading</button>
          </div>
        </header>
        <section class="state" id="state" role="status" aria-live="assertive" aria-label="Trading state">
          <strong id="state-word">Unknown</strong><span id="state-reason">Waiting for risk.</span>
          <span class="when" id="state-since"></span>
        </section>
        <main id="main" tabindex="-1">
          <section class="tiles" id="tiles" aria-label="Key figures"></section>
          <div class="columns">
            <div class="stack">
            <section class="card wide" aria-labelledby="h-equity">
              <div class="head"><h2 id="h-equity">Equity against buy and hold</h2><div class="legend">
                <span class="k equity">Equity</span><span class="k bench">BTC bought at the start</span></div></div>
              <div class="chart" id="equity-chart"></div>
              <div class="head sub"><h3 id="h-drawdown">Drawdown</h3><div class="legend"><span class="k warn" id="warn-key">Warning</span>
                <span class="k halt" id="halt-key">Stop</span></div></div>
              <div class="chart" id="drawdown-chart"></div>
            </section>
            <section class="card wide" aria-labelledby="h-candles">
              <div class="head"><h2 id="h-candles">Market</h2>
                <div class="pickers"><label>Symbol <select id="symbol"></select></label>
                <label>Candles <select id="timeframe"><option>1m</option><option selected>5m</option><option>15m</option><option>1h</option><option>4h</option></select></label></div></div>
              <div class="chart" id="candle-chart"></div>
              <div class="legend"><span class="k entry">Entry</span><span class="k exit">Exit</span><span class="k target">Target</span><span class="k halt">Stop</span></div>
              <p class="muted small"><!--attribution--></p>
            </section>
            <section class="card" aria-labelledby="h-limits">
              <div class="head"><h2 id="h-limits">Limits</h2></div>
              <div id="limits"></div>
            </section>
            </div>
            <div class="stack">
            <section class="card" aria-labelledby="h-positions">
              <div class="head"><h2 id="h-positions">Open positions</h2><span class="count" id="positions-count"></span></div>
              <div id="positions"></div>
            </section>
            <section class="card" aria-labelledby="h-services">
              <div class="head"><h2 id="h-services">Services</h2></div>
              <div id="services"></div>
              <div class="head sub"><h3>Prices</h3></div>
              <div id="feeds"></div>
            </section>
            </div>
          </div>
          <section class="card" aria-label="Lists">
            <div class="tabs" role="tablist" aria-label="What happened" id="tabs"></div>
            <div class="filters" id="filters"></div>
            <div id="panel" role="tabpanel" tabindex="0"></div>
          </section>
          <section class="card" aria-labelledby="h-figures">
            <div class="head"><h2 id="h-figures">Performance</h2><div class="links">Report: <a href="/api/report?format=html">page</a>
              <a href="/api/report?format=text">text</a> <a href="/api/report?format=json">JSON</a></div></div>
            <div class="columns even"><div id="by-strategy"></div><div id="by-symbol"></div></div>
          </section>
        </main>
        <footer><span id="foot"></span><a href="/metrics">Prometheus</a><a href="/api/openapi.json">API</a></footer>
        <dialog id="stop-dialog" aria-labelledby="stop-title">
          <form method="dialog" id="stop-form">
            <h2 id="stop-title">Stop trading?</h2>
            <p>Risk refuses everything new at once. Open positions stay guarded by their stops; <code>quartet flatten</code> leaves them, <code>quartet resume</code> goes on.</p>
            <label>Why (kept with the command) <input id="stop-why" maxlength="200" autocomplete="off"></label>
            <p id="stop-result" role="alert"></p>
            <div class="buttons"><button type="button" class="quiet" id="stop-cancel">Cancel</button>
            <button type="submit" class="stop" id="stop-confirm">Stop trading now</button></div>
          </form>
        </dialog>
        </body>
        </html>

        """#

    static let login = #"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>Quartet: log in</title>
        <link rel="icon" href="/icon.svg" type="image/svg+xml">
        <link rel="stylesheet" href="/app.css">
        <script src="/login.js" defer></script>
        </head>
        <body class="login">
        <main class="card">
          <div class="brand"><img src="/icon.svg" alt="" width="30" height="30"><h1>Quartet</h1></div>
          <form id="login">
            <label>Token <input id="token" type="password" autocomplete="current-password" required></label>
            <button type="submit">Log in</button>
            <p id="login-result" role="alert"></p>
          </form>
        </main>
        </body>
        </html>

        """#

    static let icon = #"""
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#1c2b4a"/>
        <g stroke-width="3" stroke-linecap="round"><path d="M8 20v-7" stroke="#7fd1ae"/><path d="M13.3 24V9" stroke="#f2b45c"/>
        <path d="M18.6 21V12" stroke="#8fb3ff"/><path d="M24 17V8" stroke="#ef8f8f"/></g></svg>

        """#
}
