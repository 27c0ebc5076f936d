"""The page's look, light and dark."""

STYLE = """
:root { color-scheme: light dark; --ink: #1c2330; --soft: #5b6575; --paper: #fbfbfa; --card: #ffffff; --rule: #e1e4ea;
  --stricter: #b4431f; --milder: #1d7a72; --before: #8a93a3; --now: #2f5fd0; --tint: #eef1f7; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e7eaf0; --soft: #a0a9b8; --paper: #14171d; --card: #1c2027; --rule: #323844; --stricter: #f08a63;
    --milder: #4fc1b5; --before: #8d97a8; --now: #86a9ff; --tint: #242a34; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 860px; margin: 0 auto; padding: 40px 24px 80px; }
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 6px; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { font-size: 20px; margin: 48px 0 4px; }
h3 { font-size: 15px; margin: 24px 0 8px; }
p { margin: 4px 0 12px; max-width: 70ch; } .soft { color: var(--soft); }
code, .mono { font: 13px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(240px, 1fr)); gap: 12px; margin: 12px 0 0;
  padding: 0; list-style: none; } .tiles.kinds { grid-template-columns: repeat(auto-fit, minmax(118px, 1fr)); }
.tiles li, .example, figure { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; }
.tiles li { padding: 14px 16px; } .tiles b { display: block; font-size: 26px; line-height: 1.2;
  font-variant-numeric: tabular-nums; } .tiles .sub { font-size: 13px; color: var(--soft); }
.tiles .stricter { border-top: 3px solid var(--stricter); } .tiles .milder { border-top: 3px solid var(--milder); }
figure { margin: 14px 0; padding: 14px 16px 10px; } figcaption { font-size: 13px; color: var(--soft); }
svg { display: block; width: 100%; height: auto; } svg text { font: 12px system-ui, sans-serif; fill: var(--soft); }
svg .name { font-weight: 600; } svg .value { fill: var(--ink); }
svg text.before { fill: var(--before); } svg text.now { fill: var(--now); }
svg text.stricter { fill: var(--stricter); } svg text.milder { fill: var(--milder); }
svg .grid { stroke: var(--rule); } svg .axis { stroke: var(--soft); }
svg rect.stricter { fill: var(--stricter); } svg rect.milder { fill: var(--milder); }
svg .series { fill: none; stroke-width: 2.5; stroke-linejoin: round; }
svg .series.before { stroke: var(--before); stroke-dasharray: 6 4; } svg .series.now { stroke: var(--now); }
svg circle.before { fill: var(--before); } svg circle.now { fill: var(--now); }
svg .whisker { stroke-width: 2.5; } svg .whisker.before { stroke: var(--before); }
svg .whisker.now { stroke: var(--now); }
svg .dot.before { fill: var(--card); stroke: var(--before); stroke-width: 2; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: 14px; margin: 8px 0;
  font-variant-numeric: tabular-nums; }
th, td { padding: 6px 10px; text-align: right; border-bottom: 1px solid var(--rule); white-space: nowrap; }
th { font-weight: 600; color: var(--soft); } th:first-child, td:first-child { text-align: left; white-space: normal;
  overflow-wrap: anywhere; min-width: 110px; } tbody th { color: var(--ink); font-weight: 500; }
td.words, th.words { text-align: left; }
table.matrix { width: auto; } table.matrix td { border: 1px solid var(--rule); min-width: 86px; }
table.matrix th { border: 0; }
.matrix .same { background: var(--tint); color: var(--soft); }
.matrix .stricter { background: color-mix(in srgb, var(--stricter) var(--heat), var(--card)); }
.matrix .milder { background: color-mix(in srgb, var(--milder) var(--heat), var(--card)); }
.matrix .none { color: var(--soft); }
details { margin: 6px 0 16px; } summary { cursor: pointer; color: var(--soft); font-size: 14px; }
.example { padding: 12px 16px; margin: 10px 0; } .example p { margin: 2px 0; max-width: none; }
.example .text { margin: 8px 0 0; padding: 8px 12px; background: var(--tint); border-radius: 6px; white-space: pre-wrap;
  overflow-wrap: anywhere; max-height: 11em; overflow-y: auto; }
.move { font-weight: 600; } .move.stricter { color: var(--stricter); } .move.milder { color: var(--milder); }
.chip { display: inline-block; background: var(--tint); border-radius: 5px; padding: 0 7px; margin: 2px 4px 2px 0; }
.beware { border-left: 3px solid var(--stricter); padding-left: 14px; margin: 20px 0; }
.beware ul { margin: 4px 0; padding-left: 18px; }
footer { margin-top: 60px; color: var(--soft); font-size: 13px; }
@media print { body { background: #fff; } figure, .example { break-inside: avoid; } }
"""
