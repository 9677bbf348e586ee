export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** Renders our own text, with code between backticks. */
export function prose(text: string): string {
  return escapeHtml(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}

/** An HTML page for people: no script, no external resource, no content wider than the window. */
export function htmlPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body>
${body}
</body></html>
`;
}

const STYLE = `
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
*{box-sizing:border-box;min-width:0;overflow-wrap:anywhere}
body{max-width:62rem;margin:0 auto;padding:1rem}
h1 small{font-weight:400;opacity:.6}nav a{margin-right:1rem}h2{margin-top:2rem;text-transform:capitalize}
details{border:1px solid #8886;border-radius:.5rem;margin:.5rem 0;padding:.5rem .8rem}
summary{cursor:pointer}b.get,b.post{display:inline-block;min-width:3.6rem}
b.get{color:#0a7d38}b.post{color:#1264c8}i{opacity:.6;font-size:.85em}
@media(prefers-color-scheme:dark){b.get{color:#4cc97f}b.post{color:#74a9f5}}
table{border-collapse:collapse;width:100%;margin:.5rem 0}td,th{text-align:left;vertical-align:top;padding:.3rem .6rem;border-top:1px solid #8884;overflow-wrap:break-word}
pre{white-space:pre-wrap;background:#8881;padding:.5rem;border-radius:.3rem;font-size:.85em;margin:.2rem 0}h4{margin:.8rem 0 .2rem}
@media(max-width:40rem){table,tbody,tr,td,th{display:block;width:100%}th{display:none}td{border:0;padding:.1rem 0}tr{border-top:1px solid #8884;padding:.4rem 0}}`;
