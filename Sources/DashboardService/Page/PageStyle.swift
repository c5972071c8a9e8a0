/// How the page looks: light and dark, from a phone to a wide screen.
enum PageStyle {
    static let text = #"""
        :root { --bg:#f4f5f8; --card:#ffffff; --ink:#161b26; --soft:#5a6375; --line:#dfe3ec; --accent:#2f5fd0; --good:#11734f; --bad:#b42332;
          --warn:#8f5600; --goodbg:#dff3e9; --badbg:#fbe2e4; --warnbg:#fdeecd; --bench:#a06a00; --shadow:0 1px 2px rgba(20,28,45,.06),0 6px 20px rgba(20,28,45,.05); }
        @media (prefers-color-scheme: dark) { :root:not([data-theme=light]) { --bg:#0d111a; --card:#151b27; --ink:#e8ecf5; --soft:#9aa5ba; --line:#273043; --accent:#8fb3ff;
          --good:#62d3a1; --bad:#ff8d94; --warn:#f5bd62; --goodbg:#12352a; --badbg:#43191f; --warnbg:#3d2c0d; --bench:#f0b95e; --shadow:0 1px 2px rgba(0,0,0,.5); } }
        :root[data-theme=dark] { --bg:#0d111a; --card:#151b27; --ink:#e8ecf5; --soft:#9aa5ba; --line:#273043; --accent:#8fb3ff;
          --good:#62d3a1; --bad:#ff8d94; --warn:#f5bd62; --goodbg:#12352a; --badbg:#43191f; --warnbg:#3d2c0d; --bench:#f0b95e; --shadow:0 1px 2px rgba(0,0,0,.5); color-scheme:dark; }
        :root[data-theme=light] { color-scheme:light; }
        * { box-sizing:border-box; }
        body { margin:0; background:var(--bg); color:var(--ink); font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif; }
        h1,h2,h3 { margin:0; font-weight:650; letter-spacing:-.01em; } h1 { font-size:18px; } h2 { font-size:15px; } h3 { font-size:13px; color:var(--soft); }
        .skip { position:absolute; left:-999px; } .skip:focus { left:8px; top:8px; background:var(--card); padding:8px; z-index:9; }
        .top { display:flex; align-items:center; gap:18px; padding:12px 22px; background:var(--card); border-bottom:1px solid var(--line); position:sticky; top:0; z-index:5; }
        .brand { display:flex; align-items:center; gap:10px; } .clock { color:var(--ink); font-variant-numeric:tabular-nums; display:flex; gap:8px; }
        .muted,.when { color:var(--soft); } .actions { margin-left:auto; display:flex; align-items:center; gap:12px; }
        .badge { font-size:11px; font-weight:700; letter-spacing:.06em; text-transform:uppercase; padding:2px 8px; border-radius:99px; border:1px solid var(--line); color:var(--soft); }
        .badge.live { background:var(--badbg); color:var(--bad); border-color:var(--bad); }
        .link { display:flex; align-items:center; gap:7px; color:var(--soft); font-size:13px; } .link i { width:9px; height:9px; border-radius:9px; background:var(--soft); }
        body[data-link=live] .link i { background:var(--good); } body[data-link=lost] .link i { background:var(--bad); } body[data-link=lost] .link { color:var(--bad); font-weight:600; }
        button,select,input { font:inherit; color:inherit; border-radius:9px; border:1px solid var(--line); background:var(--card); padding:7px 12px; }
        button { cursor:pointer; font-weight:600; } button:focus-visible,select:focus-visible,input:focus-visible,a:focus-visible,[tabindex]:focus-visible { outline:3px solid var(--accent); outline-offset:2px; }
        .quiet { background:transparent; color:var(--soft); } .stop { background:#b42332; border-color:#b42332; color:#fff; } .stop:hover { background:#8f1a27; } .stop:disabled { opacity:.55; cursor:default; }
        .state { display:flex; flex-wrap:wrap; align-items:baseline; gap:4px 14px; padding:10px 22px; background:var(--goodbg); border-bottom:1px solid var(--line); }
        .state strong { text-transform:uppercase; letter-spacing:.08em; font-size:14px; color:var(--good); } .state .when { margin-left:auto; font-size:13px; color:var(--ink); }
        body[data-state=reducing] .state { background:var(--warnbg); } body[data-state=reducing] .state strong { color:var(--warn); }
        body[data-state=halted] .state { background:#a31d2b; color:#fff; padding:18px 22px; } body[data-state=halted] .state strong { color:#fff; font-size:22px; } body[data-state=halted] .state .when { color:#fff; }
        body[data-state=unknown] .state,body[data-link=lost] .state { background:repeating-linear-gradient(135deg,var(--card) 0 14px,var(--bg) 14px 28px); color:var(--ink); }
        body[data-state=unknown] .state strong,body[data-link=lost] .state strong { color:var(--ink); } body[data-link=lost] .state .when { color:var(--ink); }
        body[data-link=lost] main { filter:grayscale(1); --ink:var(--soft); }
        main { padding:20px 22px; display:grid; gap:16px; max-width:1680px; margin:0 auto; outline:none; }
        .card { background:var(--card); border:1px solid var(--line); border-radius:14px; box-shadow:var(--shadow); padding:16px 18px; min-width:0; }
        .tiles { display:grid; grid-template-columns:repeat(4,minmax(0,1fr)); gap:12px; }
        @media (min-width:1300px) { .tiles { grid-template-columns:repeat(8,minmax(0,1fr)); } .tile dd { font-size:20px; } }
        .tile { background:var(--card); border:1px solid var(--line); border-radius:14px; padding:13px 15px; box-shadow:var(--shadow); min-width:0; }
        .tile dt { color:var(--soft); font-size:12.5px; } .tile dd { margin:3px 0 0; font-size:22px; font-weight:680; font-variant-numeric:tabular-nums; letter-spacing:-.02em; }
        .tile small { display:block; color:var(--soft); font-size:12.5px; font-weight:500; margin-top:3px; letter-spacing:0; } dl { margin:0; }
        .good { color:var(--good); } .bad { color:var(--bad); } .warnc { color:var(--warn); }
        .columns { display:grid; grid-template-columns:minmax(0,2fr) minmax(320px,1fr); gap:16px; align-items:start; } .stack { display:grid; gap:16px; min-width:0; } .columns.even { grid-template-columns:1fr 1fr; }
        .head { display:flex; align-items:center; justify-content:space-between; gap:10px; margin-bottom:8px; flex-wrap:wrap; } .head.sub { margin-top:12px; }
        .legend { display:flex; gap:14px; flex-wrap:wrap; font-size:12.5px; color:var(--soft); } .k::before { content:""; display:inline-block; width:14px; height:3px; border-radius:2px; margin-right:6px; vertical-align:middle; background:var(--soft); }
        .k.equity::before { background:var(--accent); } .k.bench::before { background:var(--bench); } .k.warn::before { background:var(--warn); } .k.halt::before { background:var(--bad); }
        .k.entry::before { background:var(--accent); } .k.exit::before { background:var(--bench); } .k.target::before { background:var(--good); }
        .count { color:var(--soft); font-size:13px; } .pickers { display:flex; gap:12px; font-size:13px; color:var(--soft); flex-wrap:wrap; } select { padding:4px 8px; margin-left:4px; }
        .chart { position:relative; width:100%; min-height:60px; } .chart svg { display:block; width:100%; overflow:visible; } .chart text { fill:var(--soft); font-size:11px; font-variant-numeric:tabular-nums; }
        .grid { stroke:var(--line); stroke-width:1; } .equity-line { fill:none; stroke:var(--accent); stroke-width:2; stroke-linejoin:round; } .equity-area { fill:var(--accent); opacity:.1; }
        .bench-line { fill:none; stroke:var(--bench); stroke-width:1.6; stroke-dasharray:5 4; } .dd-area { fill:var(--bad); opacity:.22; } .dd-line { fill:none; stroke:var(--bad); stroke-width:1.5; }
        .limit-warn { stroke:var(--warn); stroke-dasharray:4 4; } .limit-halt { stroke:var(--bad); stroke-width:1.4; } .target-line { stroke:var(--good); stroke-dasharray:6 4; }
        .up { fill:var(--good); stroke:var(--good); } .down { fill:var(--bad); stroke:var(--bad); } .mark-entry { fill:var(--accent); stroke:var(--card); } .mark-exit { fill:var(--bench); stroke:var(--card); }
        .light { height:320px; } .small { font-size:12px; margin:6px 0 0; } .small:empty { display:none; } .small a,.links a { color:var(--accent); } .links { font-size:13px; color:var(--soft); } .links a { margin-left:6px; } 
        .cross { stroke:var(--soft); stroke-dasharray:2 3; } .tip { position:absolute; pointer-events:none; background:var(--ink); color:var(--card); border-radius:8px; padding:6px 9px; font-size:12px; font-variant-numeric:tabular-nums; white-space:pre; z-index:3; }
        .empty { color:var(--soft); padding:26px 10px; text-align:center; border:1px dashed var(--line); border-radius:10px; } .empty b { display:block; color:var(--ink); margin-bottom:4px; }
        .position { padding:12px 0; border-top:1px solid var(--line); } .position:first-child { border-top:0; padding-top:2px; } .row { display:flex; justify-content:space-between; gap:10px; align-items:baseline; font-variant-numeric:tabular-nums; }
        .side { font-size:11px; font-weight:700; text-transform:uppercase; letter-spacing:.05em; padding:1px 7px; border-radius:6px; } .side.long { background:var(--goodbg); color:var(--good); } .side.short { background:var(--badbg); color:var(--bad); }
        .rail { margin:8px 0 4px; } .rail svg { display:block; width:100%; height:30px; overflow:visible; } .rail line { stroke:var(--line); stroke-width:6; stroke-linecap:round; } .rail .lossy { stroke:var(--bad); opacity:.45; } .rail .gainy { stroke:var(--good); opacity:.45; }
        .rail circle { fill:var(--ink); stroke:var(--card); stroke-width:2; } .rail .tick { stroke:var(--soft); stroke-width:2; } .facts { display:grid; grid-template-columns:repeat(auto-fit,minmax(112px,1fr)); gap:2px 12px; font-size:13px; color:var(--soft); font-variant-numeric:tabular-nums; } .facts b { color:var(--ink); font-weight:600; }
        .service { display:grid; grid-template-columns:14px 1fr auto; gap:2px 9px; padding:8px 0; border-top:1px solid var(--line); font-size:14px; align-items:center; } .service:first-child { border-top:0; }
        .dot { width:10px; height:10px; border-radius:10px; background:var(--soft); } .dot.healthy { background:var(--good); } .dot.degraded,.dot.recovering,.dot.starting,.dot.stopping { background:var(--warn); } .dot.silent { background:var(--bad); }
        .service small { grid-column:2 / 4; color:var(--soft); font-size:12.5px; font-variant-numeric:tabular-nums; } .feeds { width:100%; }
        table { width:100%; border-collapse:collapse; font-size:13.5px; font-variant-numeric:tabular-nums; } th { text-align:left; color:var(--soft); font-weight:600; font-size:12px; padding:6px 10px 6px 0; border-bottom:1px solid var(--line); white-space:nowrap; } td { padding:6px 10px 6px 0; border-bottom:1px solid var(--line); vertical-align:top; } tr:last-child td { border-bottom:0; } .num { text-align:right; } .scroll { overflow-x:auto; } #panel .scroll { max-height:560px; overflow:auto; } #panel th { position:sticky; top:0; background:var(--card); } td.num,.tight td { white-space:nowrap; }
        .tabs { display:flex; gap:4px; border-bottom:1px solid var(--line); margin:-4px 0 12px; overflow-x:auto; } .tabs button { border:0; border-radius:8px 8px 0 0; background:transparent; color:var(--soft); white-space:nowrap; } .tabs button[aria-selected=true] { color:var(--ink); box-shadow:inset 0 -2px 0 var(--accent); }
        .filters { display:flex; gap:12px; flex-wrap:wrap; margin-bottom:8px; font-size:13px; color:var(--soft); } .voices { display:flex; flex-wrap:wrap; gap:4px; } .voice { font-size:12px; border:1px solid var(--line); border-radius:6px; padding:0 6px; color:var(--soft); } .voice b { color:var(--ink); font-weight:600; }
        details summary { cursor:pointer; color:var(--soft); } pre { white-space:pre-wrap; overflow-wrap:anywhere; max-height:320px; overflow:auto; background:var(--bg); border-radius:8px; padding:10px; font-size:12px; }
        footer { padding:6px 22px 26px; color:var(--soft); font-size:12.5px; display:flex; gap:16px; max-width:1680px; margin:0 auto; } footer a { color:var(--accent); } footer span { margin-right:auto; }
        dialog { border:1px solid var(--line); border-radius:16px; background:var(--card); color:var(--ink); padding:22px; width:min(480px,92vw); } dialog::backdrop { background:rgba(8,12,20,.55); } dialog h2 { font-size:19px; } dialog label { display:grid; gap:5px; color:var(--soft); font-size:13px; } .buttons { display:flex; justify-content:flex-end; gap:10px; margin-top:12px; }
        #stop-result:empty { display:none; } .login { display:grid; place-items:center; min-height:100vh; } .login main { display:grid; gap:16px; width:min(360px,92vw); padding:26px; } .login form,.login label { display:grid; gap:10px; }
        @media (max-width:980px) { .columns,.columns.even { grid-template-columns:minmax(0,1fr); } main { padding:14px; } .top { flex-wrap:wrap; padding:10px 14px; gap:8px 14px; } .state { padding:10px 14px; } .clock { order:3; width:100%; font-size:13px; } .tiles { grid-template-columns:1fr 1fr; } .tile dd { font-size:19px; } footer { padding:6px 14px 24px; } }
        @media (max-width:480px) { .link span { position:absolute; width:1px; height:1px; overflow:hidden; clip-path:inset(50%); } .actions { gap:8px; } .tile { padding:11px 12px; } }
        @media (prefers-reduced-motion:no-preference) { .link i,.dot { transition:background .3s; } }

        """#
}
