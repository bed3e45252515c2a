"""How the page of a quote looks: on a phone first, in light and dark."""

STYLE = """
:root{color-scheme:light dark;--text:#1b1f24;--soft:#57606a;--back:#fff;--line:#d8dee4;--edge:#8c959f;
  --done:#ddf4e4;--warn:#fff1d6;--main:#0b6b3a;--onmain:#fff}
@media(prefers-color-scheme:dark){:root{--text:#e6edf3;--soft:#9aa5b1;--back:#12161b;--line:#2d343c;
  --edge:#6e7681;--done:#12351f;--warn:#3a2c0c;--main:#2f9e5f;--onmain:#04140a}}
*{box-sizing:border-box;unicode-bidi:isolate}
body{margin:0 auto;padding:20px 16px 0;max-width:640px;color:var(--text);background:var(--back);
  font:16px/1.5 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
h1{font-size:22px;line-height:1.3;margin:0 0 4px}
p{margin:8px 0;overflow-wrap:anywhere}
.soft{color:var(--soft)}
.for{font-weight:600;font-size:18px;margin:16px 0 0}
.n{white-space:nowrap}
table{width:100%;border-collapse:collapse;margin:16px 0}
td{padding:10px 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
td+td{text-align:right;white-space:nowrap;padding-left:12px;font-variant-numeric:tabular-nums}
.total td{font-weight:600;font-size:18px}
.tax td{color:var(--soft);border:0;padding-top:4px}
.small{font-size:14px}
.box{padding:12px 16px;border-radius:8px;background:var(--done);margin:16px 0}
.said{border-left:3px solid var(--line);padding-left:12px}
label{display:block;margin:20px 0 6px;font-weight:600}
textarea{width:100%;min-height:88px;font:inherit;padding:10px;border:1px solid var(--edge);
  border-radius:8px;background:var(--back);color:var(--text)}
button{width:100%;min-height:48px;margin-top:12px;font:inherit;font-weight:600;border-radius:8px;
  border:1px solid var(--edge);background:var(--back);color:var(--text)}
.warn{background:var(--warn)}
.part{display:block;overflow-wrap:anywhere}
.two{padding-left:16px}
.three{padding-left:32px}
.four{padding-left:48px}
h2{font-size:17px;margin:24px 0 4px;scroll-margin-top:16px}
form{padding-bottom:32px}
details{margin:16px 0 0}
summary{min-height:48px;padding:12px 0;cursor:pointer;color:var(--soft)}
:focus-visible{outline:3px solid var(--main);outline-offset:2px}
.bar{position:sticky;bottom:0;display:flex;gap:12px;align-items:center;justify-content:space-between;
  margin:16px -16px 0;padding:12px 16px;padding-bottom:calc(12px + env(safe-area-inset-bottom));
  background:var(--back);border-top:1px solid var(--line)}
.bar .sum{font-size:22px;font-weight:600;line-height:1.2;font-variant-numeric:tabular-nums}
.bar a{min-height:48px;padding:0 20px;display:flex;align-items:center;border-radius:8px;font-weight:600;
  text-decoration:none;background:var(--main);color:var(--onmain)}
button.main{background:var(--main);border-color:var(--main);color:var(--onmain)}
"""
