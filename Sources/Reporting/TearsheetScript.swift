/// The drawing of the tearsheet: plain JavaScript over the data that the page carries; nothing is fetched.
enum TearsheetScript {
    static let js = #"""
        'use strict';
        const D=JSON.parse(document.getElementById('data').textContent),root=document.documentElement;
        const el=(n,a={},p)=>{const e=document.createElementNS('http://www.w3.org/2000/svg',n);for(const k in a)e.setAttribute(k,a[k]);
          if(p)p.appendChild(e);return e};
        const $=s=>document.querySelector(s),tip=$('.tip');
        const f=(v,d=2)=>v.toLocaleString('en-US',{minimumFractionDigits:d,maximumFractionDigits:d});
        const iso=t=>new Date(t*1000).toISOString(),day=t=>iso(t).slice(0,10),minute=t=>iso(t).slice(0,16).replace('T',' ');
        const price=v=>v>=1000?f(v,1):v>=1?f(v,3):v.toPrecision(5);
        function show(e,text){tip.textContent=text;tip.style.opacity=1;const w=tip.offsetWidth,x=e.clientX+16;
          tip.style.left=(x+w>innerWidth-8?e.clientX-w-16:x)+'px';tip.style.top=(e.clientY+14)+'px'}
        const hide=()=>tip.style.opacity=0;
        function ticks(lo,hi,n){const raw=(hi-lo)/n||1,p=10**Math.floor(Math.log10(raw)),m=raw/p,s=(m<1.5?1:m<3?2:m<7?5:10)*p,o=[];
          for(let v=Math.ceil(lo/s)*s;v<=hi+s*1e-9;v+=s)o.push(v);return o}
        function timeTicks(a,b,n){const steps=[60,300,900,3600,14400,43200,86400,604800,2592000,7776000,31536000],want=(b-a)/n;
          const s=steps.find(v=>v>=want)||steps.at(-1),o=[];
          if(s>=2592000){const d=new Date(a*1000);d.setUTCDate(1);d.setUTCHours(0,0,0,0);const m=Math.round(s/2592000);
            for(;d/1000<=b;d.setUTCMonth(d.getUTCMonth()+m))if(d/1000>=a)o.push([d/1000,iso(d/1000).slice(0,7)])}
          else for(let v=Math.ceil(a/s)*s;v<=b;v+=s)o.push([v,s>=86400?day(v).slice(5):v%86400?iso(v).slice(11,16):day(v).slice(5)]);
          return o}
        function frame(box,h,x0,x1,y0,y1,fmt,left=64){box.textContent='';const w=box.clientWidth||900;
          box.setAttribute('viewBox',`0 0 ${w} ${h}`);box.style.height=h+'px';const r=w-12,b=h-22,t=8;
          const X=v=>left+(v-x0)/((x1-x0)||1)*(r-left),Y=v=>b-(v-y0)/((y1-y0)||1)*(b-t);
          for(const v of ticks(y0,y1,Math.max(2,h/55))){el('line',{class:'grid',x1:left,x2:r,y1:Y(v),y2:Y(v)},box);
            el('text',{x:left-8,y:Y(v)+4,'text-anchor':'end'},box).textContent=fmt(v)}
          for(const [v,l] of timeTicks(x0,x1,w/110)){el('text',{x:X(v),y:h-4,'text-anchor':'middle'},box).textContent=l}
          return{X,Y,w,r,b,t,left}}
        const path=(pts)=>pts.map((p,i)=>(i?'L':'M')+p[0].toFixed(1)+' '+p[1].toFixed(1)).join('');
        const E=D.equity;let peak=-1/0;const F=E.map(p=>{peak=Math.max(peak,p[1]);return[p[0],(p[1]/peak-1)*100]});
        function thin(a,n){if(a.length<=n)return a;const o=[],k=a.length/n;for(let i=0;i<n;i++){const s=a.slice(Math.floor(i*k),Math.floor((i+1)*k));
          if(!s.length)continue;let lo=s[0],hi=s[0];for(const p of s){if(p[1]<lo[1])lo=p;if(p[1]>hi[1])hi=p}
          o.push(...(lo[0]<hi[0]?[lo,hi]:lo===hi?[lo]:[hi,lo]))}o.push(a.at(-1));return o}
        function equity(){const s=$('#equity'),g=$('#fall');if(!s)return;if(E.length<2){s.outerHTML='<p class="none">No equity curve: nothing was played.</p>';return}
          const vs=E.map(p=>p[1]);let lo=Math.min(...thinv(vs)),hi=Math.max(...thinv(vs));const pad=(hi-lo)*.06||hi*.01;lo-=pad;hi+=pad;
          const x0=E[0][0],x1=E.at(-1)[0],A=frame(s,260,x0,x1,lo,hi,v=>f(v,hi-lo>50?0:2)),P=thin(E,800).map(p=>[A.X(p[0]),A.Y(p[1])]);
          el('path',{d:path(P)+`L${P.at(-1)[0]} ${A.b}L${P[0][0]} ${A.b}Z`,fill:'var(--area)'},s);
          if(D.start>lo&&D.start<hi)el('line',{class:'cross',x1:A.left,x2:A.r,y1:A.Y(D.start),y2:A.Y(D.start)},s);
          el('path',{d:path(P),fill:'none',stroke:'var(--accent)','stroke-width':1.7,'stroke-linejoin':'round'},s);
          const m=Math.min(...thinv(F.map(p=>p[1])),-.01),B=frame(g,120,x0,x1,m*1.05,0,v=>f(v,m>-5?1:0)+'%'),Q=thin(F,800).map(p=>[B.X(p[0]),B.Y(p[1])]);
          el('path',{d:path(Q)+`L${Q.at(-1)[0]} ${B.Y(0)}L${Q[0][0]} ${B.Y(0)}Z`,fill:'var(--fall)',stroke:'none'},g);
          el('path',{d:path(Q),fill:'none',stroke:'var(--bad)','stroke-width':1.2},g);
          for(const [box,V] of [[s,A],[g,B]]){const c=el('line',{class:'cross',y1:V.t,y2:V.b,x1:0,x2:0,visibility:'hidden'},box);
            box.onmousemove=e=>{const q=box.getBoundingClientRect(),t=x0+((e.clientX-q.left)*V.w/q.width-V.left)/(V.r-V.left)*(x1-x0);
              let a=0,z=E.length-1;while(a<z){const k=(a+z)>>1;E[k][0]<t?a=k+1:z=k}
              c.setAttribute('x1',V.X(E[a][0]));c.setAttribute('x2',V.X(E[a][0]));c.setAttribute('visibility','visible');
              show(e,`${minute(E[a][0])}\nequity   ${f(E[a][1])} ${D.currency}\ndrawdown ${f(F[a][1])} %`)};
            box.onmouseleave=()=>{hide();c.setAttribute('visibility','hidden')}}}
        function thinv(a){if(a.length<50000)return a;const o=[];for(let i=0;i<a.length;i+=Math.ceil(a.length/50000))o.push(a[i]);return o}
        function tint(v,m){const k=Math.min(1,Math.abs(v)/m);return`color-mix(in srgb,var(${v>=0?'--good':'--bad'}) ${Math.round(12+k*58)}%,transparent)`}
        function months(){const M=D.months,t=$('#months');if(!M.length){t.innerHTML='<tr><td class="none">No month was played.</td></tr>';return}
          const names='Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' '),top=Math.max(...M.map(m=>Math.abs(m[2])),.5);
          const years=[...new Set(M.map(m=>m[0]))];t.innerHTML='<tr><th></th>'+names.map(n=>`<th>${n}</th>`).join('')+'<th>Year</th></tr>'+
          years.map(y=>{let k=1;return`<tr><td>${y}</td>`+names.map((_,i)=>{const m=M.find(m=>m[0]===y&&m[1]===i+1);if(!m)return'<td></td>';
            k*=1+m[2]/100;return`<td style="background:${tint(m[2],top)}">${f(m[2],1)}</td>`}).join('')+
            `<td style="background:${tint((k-1)*100,top*2)}"><b>${f((k-1)*100,1)}</b></td></tr>`}).join('')}
        function histogram(){const s=$('#hist'),v=D.trades.map(t=>t[8]);if(!s)return;if(!v.length){s.outerHTML='<p class="none">No trade was completed.</p>';return}
          const q=[...v].sort((a,b)=>a-b),at=p=>q[Math.min(q.length-1,Math.floor(p*q.length))];let lo=Math.min(at(.005),0),hi=Math.max(at(.995),0);
          if(lo===hi){lo-=1;hi+=1}const n=41,w=(hi-lo)/n,c=Array(n).fill(0);for(const x of v)c[Math.max(0,Math.min(n-1,Math.floor((x-lo)/w)))]++;
          s.textContent='';const W=s.clientWidth||500,H=230;s.setAttribute('viewBox',`0 0 ${W} ${H}`);s.style.height=H+'px';
          const top=Math.max(...c),X=i=>34+(W-46)*i/n,Y=k=>H-24-(H-36)*k/top;
          for(const k of ticks(0,top,3)){el('line',{class:'grid',x1:34,x2:W-12,y1:Y(k),y2:Y(k)},s);el('text',{x:28,y:Y(k)+4,'text-anchor':'end'},s).textContent=k}
          c.forEach((k,i)=>{if(!k)return;const b=el('rect',{x:X(i)+.5,width:Math.max(1,(W-46)/n-1),y:Y(k),height:H-24-Y(k),rx:2,
            fill:lo+(i+.5)*w>=0?'var(--good)':'var(--bad)',opacity:.85},s);b.onmousemove=e=>show(e,`${f(lo+i*w)} … ${f(lo+(i+1)*w)} %\n${k} trades`);b.onmouseleave=hide});
          for(const x of ticks(lo,hi,6))el('text',{x:X((x-lo)/w),y:H-6,'text-anchor':'middle'},s).textContent=f(x,hi-lo<4?1:0)+'%'}
        function scatter(){const s=$('#mae'),T=D.trades.filter(t=>t[9]!=null);if(!s)return;if(!T.length){s.outerHTML='<p class="none">No excursions to show.</p>';return}
          s.textContent='';const W=s.clientWidth||500,H=230;s.setAttribute('viewBox',`0 0 ${W} ${H}`);s.style.height=H+'px';
          const q=k=>{const a=T.map(t=>t[k]).sort((a,b)=>a-b);return a[Math.floor(a.length*.99)]*1.08||1},mx=q(9),my=q(10);
          const X=v=>44+(W-56)*Math.min(1,v/mx),Y=v=>H-34-(H-46)*Math.min(1,v/my);
          for(const v of ticks(0,my,4)){el('line',{class:'grid',x1:44,x2:W-12,y1:Y(v),y2:Y(v)},s);el('text',{x:38,y:Y(v)+4,'text-anchor':'end'},s).textContent=f(v,1)+'%'}
          for(const v of ticks(0,mx,6))el('text',{x:X(v),y:H-20,'text-anchor':'middle'},s).textContent=f(v,1)+'%';
          el('text',{x:W/2,y:H-4,'text-anchor':'middle'},s).textContent='furthest against (MAE) → · furthest in favour (MFE) ↑';
          const k=Math.ceil(T.length/1500);T.forEach((t,i)=>{if(i%k)return;const c=el('circle',{cx:X(t[9]),cy:Y(t[10]),r:2.6,
            fill:t[7]>=0?'var(--good)':'var(--bad)',opacity:.5},s);c.onmousemove=e=>show(e,trade(t));c.onmouseleave=hide})}
        const trade=t=>`${D.symbols[t[0]]} ${t[1]>0?'long':'short'} · ${t[5]}\nin  ${minute(t[2])}  ${price(t[3])}\nout ${minute(t[4])}  ${price(t[6])}\n`+
          `net ${f(t[7])} ${D.currency} (${f(t[8])} %) · ${t[11]}`;
        let view={s:0,a:0,b:1},from=null;
        function candles(){const s=$('#candles'),C=D.charts[view.s];if(!s)return;if(!C){s.outerHTML='<p class="none">No candles to draw.</p>';return}
          const all=C.bars,i0=Math.floor(view.a*all.length),i1=Math.max(i0+8,Math.ceil(view.b*all.length)),b=all.slice(i0,i1),x0=b[0][0],x1=b.at(-1)[0]+C.span;
          let lo=Math.min(...b.map(v=>v[3])),hi=Math.max(...b.map(v=>v[2]));const pad=(hi-lo)*.05||hi*.01;lo-=pad;hi+=pad;
          const A=frame(s,380,x0,x1,lo,hi,price,70),w=Math.max(1,(A.r-A.left)/b.length*.66);
          const up=[[],[]],body=[[],[]];for(const v of b){const k=v[4]>=v[1]?0:1,x=A.X(v[0]+C.span/2);up[k].push(`M${x.toFixed(1)} ${A.Y(v[2]).toFixed(1)}V${A.Y(v[3]).toFixed(1)}`);
            const y=A.Y(Math.max(v[1],v[4])),h=Math.max(.8,Math.abs(A.Y(v[1])-A.Y(v[4])));body[k].push(`M${(x-w/2).toFixed(1)} ${y.toFixed(1)}h${w.toFixed(1)}v${h.toFixed(1)}h-${w.toFixed(1)}z`)}
          for(const k of[0,1]){const c=k?'var(--bad)':'var(--good)';el('path',{d:up[k].join(''),stroke:c,'stroke-width':1,opacity:.55},s);el('path',{d:body[k].join(''),fill:c,opacity:.55},s)}
          const T=D.trades.filter(t=>D.symbols[t[0]]===C.symbol&&t[4]>=x0&&t[2]<=x1),k=Math.ceil(T.length/700);
          $('#seen').textContent=`${day(x0)} to ${day(x1)} · ${T.length} trades`+(k>1?`, every ${k}th drawn`:'')+' · wheel to zoom, drag to move';
          T.forEach((t,i)=>{if(i%k)return;const g=el('g',{},s),c=t[7]>=0?'var(--good)':'var(--bad)',X=v=>Math.max(A.left,Math.min(A.r,A.X(v)));
            const a=[X(t[2]),A.Y(t[3])],z=[X(t[4]),A.Y(t[6])];el('line',{x1:a[0],y1:a[1],x2:z[0],y2:z[1],stroke:c,'stroke-width':1.6,'stroke-dasharray':'4 2'},g);
            const d=t[1]>0?1:-1;el('path',{d:`M${a[0]} ${a[1]}l-5 ${8*d}h10z`,fill:'var(--accent)',stroke:'var(--card)','stroke-width':1},g);
            el('circle',{cx:z[0],cy:z[1],r:3.6,fill:c,stroke:'var(--card)','stroke-width':1.2},g);g.onmousemove=e=>{e.stopPropagation();show(e,trade(t))};g.onmouseleave=hide});
          const at=e=>{const q=s.getBoundingClientRect();return Math.max(0,Math.min(1,((e.clientX-q.left)*A.w/q.width-A.left)/(A.r-A.left)))};
          const put=(a,b)=>{const n=Math.min(1,Math.max(24/all.length,b-a));a=Math.max(0,Math.min(1-n,a));view.a=a;view.b=a+n;candles()};
          s.onwheel=e=>{e.preventDefault();const p=view.a+at(e)*(view.b-view.a),z=e.deltaY>0?1.25:.8;put(p-(p-view.a)*z,p+(view.b-p)*z)};
          s.onmousedown=e=>{e.preventDefault();from=[at(e),view.a,view.b]};
          s.onmousemove=e=>{if(from&&e.buttons){const d=(from[0]-at(e))*(from[2]-from[1]);put(from[1]+d,from[2]+d)}
            else{const t=x0+at(e)*(x1-x0),v=b.find(v=>v[0]<=t&&t<v[0]+C.span);if(v)show(e,`${minute(v[0])}\nO ${price(v[1])}  H ${price(v[2])}\nL ${price(v[3])}  C ${price(v[4])}`)}};
          s.onmouseleave=()=>{hide()}}
        function table(){const q=$('#find').value.toLowerCase(),T=D.trades.filter(t=>!q||trade(t).toLowerCase().includes(q)),n=Math.min(200,T.length);
          $('#count').textContent=T.length===n?`${n} trades`:`the first ${n} of ${T.length} trades; trades.csv has all`;
          $('#rows').innerHTML=T.slice(0,n).map(t=>`<tr><td>${D.symbols[t[0]]}</td><td>${t[1]>0?'long':'short'}</td><td>${t[5]}</td><td>${minute(t[2])}</td><td>${price(t[3])}</td>`+
            `<td>${minute(t[4])}</td><td>${price(t[6])}</td><td>${t[11]}</td><td class="${t[7]>=0?'good':'bad'}">${f(t[7])}</td><td class="${t[7]>=0?'good':'bad'}">${f(t[8])}%</td></tr>`).join('')}
        const draw=()=>{if(D.equity)equity();months();histogram();scatter();candles()};
        const pick=$('#symbol');D.charts.forEach((c,i)=>pick.add(new Option(c.symbol,i)));pick.hidden=D.charts.length<2;
        function focus(){const C=D.charts[view.s];view.a=0;view.b=1;if(!C||!C.bars.length)return;
          const T=D.trades.filter(t=>D.symbols[t[0]]===C.symbol).map(t=>t[2]).sort((a,b)=>a-b);if(T.length<60)return;
          const x0=C.bars[0][0],x1=C.bars.at(-1)[0];view.a=Math.max(0,Math.min(.98,(T.at(-60)-x0)/(x1-x0)))}
        pick.onchange=()=>{view.s=+pick.value;focus();candles()};focus();
        $('#whole').onclick=()=>{view.a=0;view.b=1;candles()};$('#find').oninput=table;
        $('#theme').onclick=()=>{root.dataset.theme=root.dataset.theme==='dark'?'light':'dark'};
        let late;addEventListener('resize',()=>{clearTimeout(late);late=setTimeout(draw,80)});
        addEventListener('mouseup',()=>from=null);draw();table();
        """#
}
