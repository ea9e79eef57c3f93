/** The style of the page. Colours keep a contrast of 4.5 to 1 in both schemes, and nothing is told by colour alone. */
export const style = `
:root{color-scheme:light dark;--ground:#fff;--text:#1c1e21;--dim:#59606a;--line:#d4d8dd;--soft:#f3f5f7;--denied:#8a1020;--required:#b3261e;--advised:#7a4d00;--unknown:#1f5f8b;--good:#1d6b3a}
@media (prefers-color-scheme:dark){:root{--ground:#15171a;--text:#e7e9ec;--dim:#a3abb5;--line:#363b42;--soft:#1f2328;--denied:#ff9aa2;--required:#ff8a80;--advised:#f2b84b;--unknown:#7cc0ee;--good:#7ed09a}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:80rem;padding:1rem;background:var(--ground);color:var(--text);font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
li{margin:.3rem 0}
h1{margin:0;font-size:1.5rem}h2{margin:2rem 0 .5rem;font-size:1.2rem}
p{margin:.25rem 0}
code,.place{font:.9em ui-monospace,monospace}.place,.about{color:var(--dim)}
.numbers{display:flex;flex-wrap:wrap;gap:.5rem;padding:0;list-style:none}
.numbers li{margin:0;padding:.5rem .75rem;border:1px solid var(--line);border-radius:.4rem;background:var(--soft)}
.numbers strong{display:block;font-size:1.5rem;line-height:1.2}
.numbers .none{color:var(--dim)}
.denied strong,.badge.denied{color:var(--denied)}.required strong,.badge.required{color:var(--required)}.advised strong,.badge.advised{color:var(--advised)}.unknown strong,.badge.unknown{color:var(--unknown)}.badge.fixable,.fixable strong{color:var(--good)}
.badge{padding:0 .4rem;border:1px solid currentColor;border-radius:.3rem;font-size:.85em;white-space:nowrap}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:.9rem}
th,td{max-width:40rem;overflow-wrap:break-word;padding:.3rem .6rem;border:1px solid var(--line);text-align:left;vertical-align:top}
thead th{background:var(--soft);white-space:nowrap}
tbody th{font-weight:600}
.heat td{text-align:right}
.heat thead tr>:first-child{white-space:normal;vertical-align:bottom}
.heat thead th+th{writing-mode:sideways-lr;vertical-align:bottom}
@media (min-width:45rem){.heat tr>:first-child{position:sticky;left:0;background:var(--ground)}.heat thead tr>:first-child{background:var(--soft)}}
.heat .denied,.heat .required{background:color-mix(in srgb,var(--required) 14%,var(--ground))}
.heat .advised{background:color-mix(in srgb,var(--advised) 14%,var(--ground))}
.heat .unknown{background:color-mix(in srgb,var(--unknown) 14%,var(--ground))}
details{border:1px solid var(--line);border-radius:.4rem;margin:.4rem 0;padding:.4rem .75rem}
summary{cursor:pointer;font-weight:600}
:focus-visible{outline:3px solid var(--unknown);outline-offset:2px}
@media print{body{max-width:none}.wide{overflow:visible}details{break-inside:avoid}details::details-content{content-visibility:visible;display:block;height:auto}}
`
