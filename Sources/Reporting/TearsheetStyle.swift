/// The look of the tearsheet: one sheet for light and dark.
enum TearsheetStyle {
    static let css = #"""
        :root{--bg:#f6f7f9;--card:#fff;--ink:#1a2130;--soft:#657085;--line:#e3e7ee;--grid:#edf0f5;--accent:#2f6fed;
        --good:#0f9d6b;--bad:#d6455d;--warn:#b7791f;--area:rgba(47,111,237,.12);--fall:rgba(214,69,93,.16)}
        [data-theme=dark]{--bg:#0e131b;--card:#161d29;--ink:#e6ebf3;--soft:#8b97ab;--line:#263042;--grid:#1e2736;
        --accent:#6b9bff;--good:#3ecf9b;--bad:#ff7188;--warn:#e0b050;--area:rgba(107,155,255,.14);--fall:rgba(255,113,136,.18)}
        *{box-sizing:border-box}html{background:var(--bg);color:var(--ink);
        font:14px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
        body{margin:0 auto;max-width:1180px;padding:28px 24px 60px}
        header{display:flex;align-items:flex-end;gap:16px;flex-wrap:wrap;margin-bottom:20px}
        header .what{flex:1;min-width:260px}h1{font-size:24px;margin:0 0 2px;letter-spacing:-.02em}
        h2{font-size:13px;font-weight:600;margin:0 0 10px;letter-spacing:.01em}
        .sub{color:var(--soft)}button,select,input{font:inherit;color:var(--ink);background:var(--card);
        border:1px solid var(--line);border-radius:8px;padding:5px 11px}button{cursor:pointer}
        button:hover,select:hover{border-color:var(--accent)}
        .kpis{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin-bottom:16px}
        .kpi,.card{background:var(--card);border:1px solid var(--line);border-radius:12px}
        .kpi{padding:12px 16px}.kpi b{display:block;font-size:20px;white-space:nowrap;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
        .kpi span{color:var(--soft);font-size:12px}.kpi i{font-style:normal;color:var(--soft);font-size:12px}
        .card{padding:16px 18px;margin-bottom:16px;min-width:0}
        .two{display:grid;grid-template-columns:1fr 1fr;gap:16px}.two>.card{margin-bottom:0}.two{margin-bottom:16px}
        @media(max-width:860px){.two{grid-template-columns:1fr}}
        svg{display:block;width:100%;overflow:visible;touch-action:pan-y}
        svg text{fill:var(--soft);font-size:11px;font-variant-numeric:tabular-nums}
        .grid{stroke:var(--grid);stroke-width:1}.axis{stroke:var(--line)}
        .cross{stroke:var(--soft);stroke-dasharray:3 3;stroke-width:1}
        table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
        th{color:var(--soft);font-weight:500;font-size:12px;text-align:right;padding:4px 8px;border-bottom:1px solid var(--line);
        white-space:nowrap}td{text-align:right;padding:4px 8px;border-bottom:1px solid var(--grid);white-space:nowrap}
        th:first-child,td:first-child{text-align:left}tr.total td{font-weight:600;border-top:1px solid var(--line);border-bottom:0}
        .scroll{overflow-x:auto}.tall{max-height:520px;overflow-y:auto}.tall th{position:sticky;top:0;background:var(--card)}.two td,.two th{padding:4px 6px;font-size:13px}.good{color:var(--good)}.bad{color:var(--bad)}.soft{color:var(--soft)}
        .heat td{text-align:center;border:2px solid var(--card);border-radius:6px;padding:6px 2px;font-size:12px}
        .heat th{text-align:center;border:0}.heat td:first-child{text-align:left;color:var(--soft);background:none}
        .metrics{columns:2;column-gap:32px}@media(max-width:860px){.metrics{columns:1}}
        .metrics div{display:flex;justify-content:space-between;gap:16px;padding:3px 0;border-bottom:1px solid var(--grid);
        break-inside:avoid}.metrics div span:first-child{color:var(--soft)}
        .metrics div span:last-child{font-variant-numeric:tabular-nums;text-align:right}
        .bar{display:flex;gap:8px;align-items:center;margin-bottom:8px;flex-wrap:wrap}.bar h2{flex:1;margin:0}
        .tip{position:fixed;pointer-events:none;background:var(--ink);color:var(--bg);padding:6px 10px;border-radius:8px;
        font-size:12px;line-height:1.45;white-space:pre;opacity:0;transition:opacity .08s;z-index:9;font-variant-numeric:tabular-nums}
        ul{margin:0;padding-left:18px;color:var(--soft)}footer{color:var(--soft);font-size:12px;margin-top:20px}
        .none{color:var(--soft);padding:24px 0;text-align:center}
        @media print{button,select,input{display:none}body{max-width:none}.card{break-inside:avoid}}
        """#
}
