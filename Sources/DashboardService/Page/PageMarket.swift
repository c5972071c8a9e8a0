/// The candles on TradingView's lightweight-charts, where it is served: they can be moved and zoomed. Without it `charts.js`
/// draws them.
enum PageMarket {
    static let text = #"""
        'use strict';
        const Market = (() => {
          const held = new WeakMap();
          const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
          const seconds = micros => Math.floor(micros / 1e6);

          function make(box) {
            const place = document.createElement('div');
            place.className = 'light'; place.setAttribute('role', 'img');
            box.replaceChildren(place);
            const chart = LightweightCharts.createChart(place, { autoSize: true, layout: { fontSize: 11 }, timeScale: { timeVisible: true, secondsVisible: false, rightOffset: 4 } });
            const made = { place, chart, series: chart.addCandlestickSeries(), lines: [], of: '', theme: '' };
            held.set(box, made);
            return made;
          }

          function paint(made) {
            const theme = colour('--card') + colour('--ink');
            if (made.theme === theme) return;
            made.theme = theme;
            const line = { color: colour('--line') };
            made.chart.applyOptions({ layout: { background: { color: colour('--card') }, textColor: colour('--soft') }, grid: { vertLines: line, horzLines: line }, rightPriceScale: { borderColor: line.color }, timeScale: { borderColor: line.color } });
            const [up, down] = [colour('--good'), colour('--bad')];
            made.series.applyOptions({ upColor: up, downColor: down, borderUpColor: up, borderDownColor: down, wickUpColor: up, wickDownColor: down });
          }

          // Entries and exits stand at the candle in which they fell.
          function marks(list, symbol, trades, position) {
            const times = list.map(c => seconds(c.openTime)), found = [];
            const mark = (micros, text, isEntry, isBelow) => {
              let at = -1;
              for (let i = 0; i < times.length && times[i] <= micros / 1e6; i++) at = i;
              if (at >= 0) found.push({ time: times[at], position: isBelow ? 'belowBar' : 'aboveBar', shape: isBelow ? 'arrowUp' : 'arrowDown', color: colour(isEntry ? '--accent' : '--bench'), text });
            };
            for (const t of trades.filter(t => t.symbol === symbol)) { mark(t.entryTime, '', true, t.side === 'long'); mark(t.exitTime, '', false, t.side !== 'long'); }
            if (position) mark(position.position.openedAt, position.position.side, true, position.position.side === 'long');
            return found.sort((a, b) => a.time - b.time);
          }

          function candles(box, list, symbol, trades, position) {
            if (!list.length) { held.delete(box); return Charts.empty(box, 'No candles yet', `Feed has none of ${symbol} to give.`); }
            let made = held.get(box);
            if (!made || !box.contains(made.place)) { if (made) made.chart.remove(); made = make(box); }
            paint(made);
            const last = list[list.length - 1], digits = (last.close.split('.')[1] || '').length;
            made.series.applyOptions({ priceFormat: { type: 'price', precision: digits, minMove: Math.pow(10, -digits) } });
            made.series.setData(list.map(c => ({ time: seconds(c.openTime), open: Number(c.open), high: Number(c.high), low: Number(c.low), close: Number(c.close) })));
            made.series.setMarkers(marks(list, symbol, trades, position));
            for (const line of made.lines) made.series.removePriceLine(line);
            const plan = position && position.plan, wanted = [];
            if (position) wanted.push([Number(position.averageEntryPrice), '--accent', 'entry']);
            if (plan) wanted.push([Number(plan.takeProfit), '--good', 'target'], [Number(plan.restingStop) || Number(plan.stopLoss), '--bad', 'stop']);
            made.lines = wanted.filter(w => w[0] > 0).map(([price, name, title]) => made.series.createPriceLine({ price, color: colour(name), lineStyle: 2, lineWidth: 1, title }));
            const of = symbol + (list.length > 1 ? list[1].openTime - list[0].openTime : 0);
            if (made.of !== of) { made.of = of; made.chart.timeScale().fitContent(); }
            made.place.setAttribute('aria-label', `${list.length} candles of ${symbol}, last close ${last.close}`);
          }

          return { candles: (...words) => (window.LightweightCharts ? candles : Charts.candles)(...words) };
        })();

        """#
}
