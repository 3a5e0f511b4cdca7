/** All styles of the widget; they live in its shadow root and touch nothing else of the page. */
export const STYLES = `
:host{all:initial;--brand:#c2503a;--brand-dark:#a8432d;--ink:#22201e;--soft:#6b645d;--paper:#fff;--ground:#f6f3ef;--line:#e8e2da;--warn:#b3261e;--on:#fff;font:15px/1.55 system-ui,"PingFang SC","Microsoft YaHei",sans-serif}
@media (prefers-color-scheme:dark){:host{--brand:#b9563f;--brand-dark:#f0937b;--ink:#f2ede7;--soft:#b0a79d;--paper:#2a2724;--ground:#1f1d1b;--line:#3d3833;--warn:#ff8a80}}
*{box-sizing:border-box}
button{font:inherit;color:inherit;background:none;border:0;padding:0;cursor:pointer}
button:focus-visible,a:focus-visible,textarea:focus-visible,input:focus-visible,.list:focus-visible{outline:2px solid var(--brand);outline-offset:2px}
svg{width:24px;height:24px;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
.launcher{position:fixed;right:24px;bottom:24px;z-index:2147483000;width:60px;height:60px;border-radius:50%;background:var(--brand);color:var(--on);display:grid;place-items:center;box-shadow:0 8px 24px #3c1e1447}
.launcher svg{width:28px;height:28px;fill:var(--on);stroke:none}
.badge{position:absolute;top:-4px;right:-4px;min-width:22px;height:22px;padding:0 6px;border-radius:11px;background:var(--warn);color:#fff;font-size:12px;line-height:22px;text-align:center}
.panel{outline:0;position:fixed;right:24px;bottom:24px;z-index:2147483000;width:384px;height:min(640px,calc(100vh - 48px));display:flex;flex-direction:column;background:var(--ground);color:var(--ink);border-radius:18px;overflow:hidden;box-shadow:0 16px 48px #3c1e1447;animation:rise .18s ease-out}
@keyframes rise{from{opacity:0;transform:translateY(12px)}}
header{display:flex;align-items:center;gap:10px;padding:12px 14px;background:var(--paper);border-bottom:1px solid var(--line)}
.avatar{width:36px;height:36px;border-radius:50%;background:var(--brand);color:var(--on);display:grid;place-items:center;font-weight:600}
.who{flex:1;min-width:0;line-height:1.3}
.who strong{display:block;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.status{font-size:12px;color:var(--soft)}
.status:before{content:"";display:inline-block;width:7px;height:7px;margin-right:5px;border-radius:50%;background:#3a9d5d}
.status.waiting:before{background:#d99a2b}
.human{padding:5px 12px;border:1px solid var(--line);border-radius:16px;font-size:13px}
.human:hover{border-color:var(--brand);color:var(--brand-dark)}
.icon{width:36px;height:36px;display:grid;place-items:center;border-radius:8px;color:var(--soft)}
.icon:hover{background:var(--ground)}
.banner{margin:0;padding:6px 14px;font-size:13px;background:var(--line);color:var(--ink);text-align:center}
.banner.warning{background:var(--warn);color:#fff}
.list{position:relative;flex:1;overflow-y:auto;padding:16px 14px;display:flex;flex-direction:column;gap:12px;overscroll-behavior:contain}
time{align-self:center;font-size:12px;color:var(--soft)}
.row{display:flex;flex-direction:column;align-items:flex-start;gap:4px;max-width:100%}
.row.mine{align-items:flex-end}
.label{font-size:12px;color:var(--soft);padding-left:4px}
.bubble{max-width:86%;padding:10px 14px;background:var(--paper);border:1px solid var(--line);border-radius:4px 16px 16px;overflow-wrap:anywhere;white-space:pre-wrap}
.mine .bubble{background:var(--brand);border-color:var(--brand);color:var(--on);border-radius:16px 4px 16px 16px}
.bubble.pending{opacity:.65}
.bubble.failed{background:var(--paper);color:var(--ink);border-color:var(--warn)}
.bubble p,.bubble ul,.bubble ol,table{margin:0;white-space:normal}
.bubble p+p,.bubble p+ul,.bubble ul+p,table+p{margin-top:8px}
.bubble ul,.bubble ol{padding-left:20px}
th,td{padding-right:8px;text-align:left;font-size:13px}
.bubble a{color:var(--brand-dark)}
.bubble img{max-width:100%}
.caption{font-size:13px;color:var(--soft)}
.questions{display:flex;flex-direction:column;gap:6px;margin-top:8px}
.questions button{text-align:left;padding:7px 12px;border:1px solid var(--line);border-radius:10px;background:var(--ground);font-size:14px}
.questions button:hover,.action:hover{border-color:var(--brand);color:var(--brand-dark)}
.action{margin-top:10px;padding:6px 14px;border:1px solid var(--line);border-radius:16px;font-size:14px}
.cards{display:flex;flex-direction:column;gap:8px;width:86%}
.card{display:flex;gap:12px;padding:10px;background:var(--paper);border:1px solid var(--line);border-radius:14px;color:inherit;text-decoration:none}
.card:hover{border-color:var(--brand)}
.card img{width:72px;height:72px;border-radius:10px;object-fit:cover;flex:none;background:var(--ground)}
.info{display:flex;flex-direction:column;gap:2px;min-width:0;font-size:13px}
.name{font-size:14px;overflow:hidden;display:-webkit-box;-webkit-line-clamp:2;-webkit-box-orient:vertical}
.price{color:var(--brand-dark);font-weight:600;font-size:15px}
.price s{margin-left:6px;color:var(--soft);font-weight:400;font-size:12px}
.reason{color:var(--soft)}
.few{color:var(--warn)}
.rating{display:flex;gap:12px;padding-left:4px;font-size:12px;color:var(--soft)}
.rating button{display:flex;align-items:center;gap:4px}
.rating button:hover{color:var(--brand-dark)}
.thumb{width:15px;height:15px}.thumb.down{transform:rotate(180deg)}
.note{margin:0;padding:0 4px;font-size:12px;color:var(--soft)}
.note.mine{align-self:flex-end}.event{align-self:center;text-align:center}
.service{display:grid;gap:10px;padding:14px;background:var(--paper);border:1px solid var(--line);border-radius:14px;font-size:14px}
.solved{display:flex;gap:16px}
.stars{font-size:26px;line-height:1;color:var(--line)}
.stars input{position:absolute;opacity:0}
.stars label{cursor:pointer;padding:2px}
.stars label:has(:checked),.stars label:has(~label :checked){color:#d99a2b}
.stars label:has(:focus-visible){outline:2px solid var(--brand)}
[name=comment]{padding:7px 12px;font:inherit;color:inherit;background:var(--ground);border:1px solid var(--line);border-radius:10px}
[type=radio]{accent-color:var(--brand)}
.link{margin-left:8px;color:var(--brand-dark);text-decoration:underline}
.dots{display:flex;gap:5px;padding:14px}
.dots i{width:7px;height:7px;border-radius:50%;background:var(--soft);animation:blink 1.2s infinite}
.dots i:nth-child(2){animation-delay:.2s}.dots i:nth-child(3){animation-delay:.4s}
@keyframes blink{0%,60%,100%{opacity:.25}30%{opacity:1}}
.earlier{align-self:center;font-size:13px;color:var(--soft);padding:4px 12px}
.fresh{position:sticky;bottom:0;align-self:center;padding:6px 16px;border-radius:16px;background:var(--brand);color:var(--on);font-size:13px;box-shadow:0 4px 12px #0003}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.composer{display:flex;align-items:flex-end;gap:8px;padding:10px 12px calc(10px + env(safe-area-inset-bottom));background:var(--paper);border-top:1px solid var(--line)}
textarea{flex:1;min-height:40px;max-height:120px;padding:8px 12px;font:inherit;color:inherit;background:var(--ground);border:1px solid var(--line);border-radius:12px;resize:none;field-sizing:content}
textarea::placeholder{color:var(--soft)}
.count{font-size:12px;color:var(--soft);align-self:center}
.count.over{color:var(--warn)}
.send{width:40px;height:40px;border-radius:12px;background:var(--brand);color:var(--on);display:grid;place-items:center}
.send svg{width:20px;height:20px;fill:var(--on);stroke:none}
.send:disabled{opacity:.4;cursor:default}
@media (max-width:480px){.panel{inset:0;width:auto;height:100dvh;border-radius:0}.launcher{right:16px;bottom:16px}textarea{font-size:16px}}
@media (prefers-reduced-motion:reduce){*{animation:none!important;transition:none!important}}
/*look*/`;
