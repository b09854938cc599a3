"""Inline style and script of the page; nothing is fetched from elsewhere."""

from typing import Final

CSS: Final = """
:root{--ink:#1c2733;--mute:#6b7885;--line:#e4e9ee;--paper:#fff;--back:#f3f5f7;--go:#07c160;--go2:#06ad56;
--warn:#fa9d3b;--bad:#e64340;--info:#1485ee}
@media(prefers-color-scheme:dark){:root{--ink:#e8edf2;--mute:#93a1ae;--line:#2c3640;--paper:#1a2128;
--back:#11161b}}
*{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--ink);
font:14px/1.55 -apple-system,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",Segoe UI,sans-serif}
header{background:var(--go);color:#fff;padding:18px 28px;display:flex;gap:20px;align-items:center;
flex-wrap:wrap}
header h1{font-size:20px;margin:0}header p{margin:0;opacity:.9;flex:1;min-width:240px}
header a,header button{color:#fff;border:1px solid rgba(255,255,255,.6);background:none;border-radius:6px;
padding:4px 12px;text-decoration:none;font:inherit;cursor:pointer}
nav{position:sticky;top:0;z-index:2;background:var(--paper);border-bottom:1px solid var(--line);
padding:0 20px;
overflow-x:auto;white-space:nowrap}
nav a{display:inline-block;padding:11px 10px;color:var(--mute);text-decoration:none}
nav a:hover{color:var(--go)}
nav b{background:var(--back);border-radius:9px;padding:0 7px;font-weight:500;font-size:12px;margin-left:4px}
main{max-width:1280px;margin:0 auto;padding:20px}
section{background:var(--paper);border:1px solid var(--line);border-radius:10px;margin-bottom:18px;
scroll-margin-top:56px}
section>h2{font-size:15px;margin:0;padding:13px 18px;border-bottom:1px solid var(--line)}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:9px 12px;border-bottom:1px solid var(--line);vertical-align:top}
tr:last-child td{border-bottom:0}th{color:var(--mute);font-weight:500;font-size:12px;white-space:nowrap}
td{word-break:break-word}#log td:first-child{white-space:nowrap}
.mono{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:12px}
.money{font-variant-numeric:tabular-nums;white-space:nowrap;font-weight:600}.mute{color:var(--mute)}
.tag{display:inline-block;border-radius:4px;padding:1px 8px;font-size:12px;white-space:nowrap;
background:var(--back);color:var(--mute)}
.tag.good{background:#e4f8ec;color:#06864a}.tag.warn{background:#fff3e4;color:#a85f07}
.tag.bad{background:#fde9e8;color:#b3261e}
.bar{padding:13px 18px;display:flex;gap:8px;flex-wrap:wrap;align-items:center}
button.act{border:1px solid var(--line);background:var(--paper);color:var(--ink);border-radius:6px;
padding:4px 12px;
font:inherit;cursor:pointer;white-space:nowrap;margin:0 4px 4px 0}
button.act:hover{border-color:var(--go);color:var(--go)}
button.act.main{background:var(--go);border-color:var(--go);color:#fff}
button.act.main:hover{background:var(--go2)}
button.act.danger{color:var(--bad)}input,select{border:1px solid var(--line);border-radius:6px;
padding:5px 9px;font:inherit;
background:var(--paper);color:var(--ink);min-width:0}
.empty{padding:22px 18px;color:var(--mute)}#toast{position:fixed;right:20px;bottom:20px;
background:#1c2733;color:#fff;
border-radius:8px;padding:10px 16px;max-width:70vw;word-break:break-all;display:none;z-index:9}
.alert{background:#fde9e8;color:#b3261e;padding:10px 18px;border-radius:10px;margin-bottom:18px}
"""

SCRIPT: Final = """
const toast=(t)=>{const e=document.getElementById('toast');e.textContent=t;e.style.display='block'};
async function send(method,path,body,quiet){
  const r=await fetch('/_sandbox'+path,{method,headers:{'Content-Type':'application/json'},
    body:method==='DELETE'?undefined:JSON.stringify(body||{})});
  const a=await r.json().catch(()=>({}));
  if(!r.ok){toast((a.code||r.status)+' '+(a.message||''));return}
  if(quiet){toast(a.code||JSON.stringify(a));return}
  location.reload();
}
document.addEventListener('click',e=>{
  const b=e.target.closest('button[data-path]');if(!b)return;
  send(b.dataset.method||'POST',b.dataset.path,JSON.parse(b.dataset.body||'{}'),b.dataset.quiet);
});
document.addEventListener('submit',e=>{
  const f=e.target.closest('form[data-path]');if(!f)return;e.preventDefault();
  const v=Object.fromEntries(new FormData(f).entries());
  if(f.dataset.path==='/faults')
    return send('POST','/faults',{kind:v.kind,times:Number(v.times)||1,match:v.path?{path_prefix:v.path}
:{}});
  send('POST',f.dataset.path,Object.fromEntries(Object.entries(v).filter(([,x])=>x)));
});
document.getElementById('refresh').addEventListener('click',()=>location.reload());
"""
