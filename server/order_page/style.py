"""How the order page looks: for a thumb first, in light and dark, wider where there is room."""

STYLE = """
:root{color-scheme:light dark;--text:#1b1f24;--soft:#57606a;--back:#fff;--card:#f6f8fa;--line:#d8dee4;
  --edge:#8c959f;--done:#ddf4e4;--warn:#fff1d6;--amber:#7a4b00;--bad:#a40e26;--main:#0b6b3a;--onmain:#fff}
@media(prefers-color-scheme:dark){:root{--text:#e6edf3;--soft:#9aa5b1;--back:#12161b;--card:#1a2027;
  --line:#2d343c;--edge:#6e7681;--done:#12351f;--warn:#3a2c0c;--amber:#f2b95c;--bad:#ff9287;
  --main:#2f9e5f;--onmain:#04140a}}
*{box-sizing:border-box;unicode-bidi:isolate}
body{margin:0 auto;padding:0 16px;max-width:720px;color:var(--text);background:var(--back);
  font:16px/1.5 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;
  overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
form{margin:0;min-height:100dvh;display:flex;flex-direction:column}
p{margin:8px 0}
h1{font-size:22px;line-height:1.3;margin:0}
h2{font-size:17px;margin:24px 0 4px}
ul{list-style:none;margin:0;padding:0}
.soft{color:var(--soft)}
.small{font-size:14px}
.bad{color:var(--bad)}
.amber{color:var(--amber)}
.ok{color:var(--main)}
.strong{font-weight:600}
.n{white-space:nowrap}
.top>button{flex:none;max-width:50%}
.top{display:flex;gap:12px;align-items:center;justify-content:space-between;padding:16px 0 12px}
.row{display:flex;gap:8px;align-items:center}
.row>*{min-width:0}
.row>button{flex:none;max-width:60%}
.grow{flex:1}
.box{padding:12px 16px;border-radius:12px;background:var(--card);margin:12px 0}
.box.good{background:var(--done)}
.box.warn{background:var(--warn)}
.box p:first-child{margin-top:0}
.box p:last-child{margin-bottom:0}
button{min-height:48px;padding:0 16px;font:inherit;font-weight:600;border-radius:12px;
  border:1px solid var(--edge);background:var(--back);color:var(--text);cursor:pointer;
  overflow-wrap:anywhere}
button.main{background:var(--main);border-color:var(--main);color:var(--onmain)}
button.wide{width:100%}
button.link{border-color:transparent;background:none;padding:0 8px;color:var(--main);white-space:nowrap}
.top>button.link:last-child,.box button.link:last-child{margin-right:-8px}
.unit .row>button.link:first-child{margin-left:-8px}
button.chip{border-radius:24px;white-space:nowrap;font-weight:400;padding:0 16px}
button.chip.on{background:var(--main);border-color:var(--main);color:var(--onmain);font-weight:600}
:focus-visible{outline:3px solid var(--main);outline-offset:2px}
.chips{display:flex;gap:8px;overflow-x:auto;margin-top:8px;padding:4px 0 12px;scrollbar-width:none}
input,textarea{font:inherit;color:var(--text);background:var(--back);border:1px solid var(--edge);
  border-radius:12px;min-height:48px;padding:0 12px;width:100%}
textarea{padding:10px 12px;min-height:80px;display:block}
label{display:block;font-weight:600;margin:16px 0 4px}
[aria-invalid=true]{border:2px solid var(--bad)}
.item{padding:16px 0;border-bottom:1px solid var(--line);scroll-margin-top:38vh}
.item p{margin:0}
.unit{display:flex;flex-wrap:wrap;gap:8px;align-items:center;justify-content:space-between;margin-top:8px}
.unit.end{justify-content:flex-end}
.step{display:flex;flex:none;margin-left:auto}
.step button{width:48px;padding:0;font-size:22px;line-height:1}
.step button:first-child{border-radius:12px 0 0 12px}
.step button:last-child{border-radius:0 12px 12px 0}
.step input{width:64px;text-align:center;border-radius:0;border-width:1px 0;padding:0 4px;font-weight:600}
.step input[aria-invalid=true]{border-width:2px}
.step output{width:64px;border:solid var(--edge);border-width:1px 0;display:grid;place-items:center;
  font-weight:600}
.opt{display:flex;gap:12px;align-items:center;min-height:56px;width:100%;text-align:left;font-weight:400;
  padding:8px 12px;margin:8px 0 0;border:1px solid var(--edge);border-radius:12px;scroll-margin-top:38vh}
.opt.on{border:2px solid var(--main);padding:7px 11px;font-weight:600}
.opt.no{border-style:dashed;border-color:var(--line);color:var(--soft)}
.opt .small{display:block;font-weight:400}
.mark{flex:none;width:24px;height:24px;border:2px solid var(--edge);border-radius:6px}
.mark.one{border-radius:50%}
.on .mark{border-color:var(--main);background:var(--main);box-shadow:inset 0 0 0 4px var(--back)}
.no .mark{border-style:dashed;border-color:var(--line)}
.sum{display:flex;justify-content:space-between;gap:12px;padding:6px 0}
.sum.total{font-size:20px;font-weight:600}
.bar{position:sticky;bottom:0;z-index:1;margin:auto -16px 0;
  padding:12px 16px calc(12px + env(safe-area-inset-bottom));background:var(--back);
  border-top:1px solid var(--line);display:flex;gap:12px;align-items:center;justify-content:space-between}
.bar .price{font-size:22px;font-weight:600;line-height:1.2}
.bar button{flex:none;min-width:128px}
details{border-bottom:1px solid var(--line)}
summary{padding:14px 0;cursor:pointer;list-style-position:outside}
.deep{border-left:3px solid var(--line);padding-left:12px;margin-left:4px}
.pages{margin:16px 0}
.hide{position:absolute;width:1px;height:1px;overflow:hidden;opacity:0;padding:0;border:0;min-height:0}
@media(min-width:720px){.chips{flex-wrap:wrap}.bar{border-radius:12px 12px 0 0}}
"""
