import type { Content, OpenApi, Operation, Parameter } from './openapi';

/** The OpenAPI document as a page for people: no script, nothing loaded from anywhere. */
export function docsPage(document: OpenApi): string {
  const title = escapeHtml(String(document.info['title']));
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const tags = [...new Set(operations.flatMap(({ operation }) => operation.tags))];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} API</title><style>${STYLE}</style></head><body>
<header><h1>${title} <small>${escapeHtml(String(document.info['version']))}</small></h1>
<p>${escapeHtml(String(document.info['summary']))}. Amounts are integers in minor units. The same for programs:
<a href="/openapi.json">openapi.json</a>.</p>
<nav>${tags.map((tag) => `<a href="#${escapeHtml(tag)}">${escapeHtml(tag)}</a>`).join(' ')} <a href="#schemas">schemas</a></nav></header>
<main>${tags.map((tag) => section(tag, operations)).join('')}
<h2 id="schemas">schemas</h2>${Object.entries(document.components.schemas).map(component).join('')}
</main></body></html>
`;
}

interface Listed {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

function section(tag: string, operations: readonly Listed[]): string {
  const own = operations.filter(({ operation }) => operation.tags.includes(tag));
  return `<h2 id="${escapeHtml(tag)}">${escapeHtml(tag)}</h2>${own.map(article).join('')}`;
}

function article({ path, method, operation }: Listed): string {
  const { summary, parameters, requestBody, responses } = operation;
  const isPublic = Array.isArray(operation['security']) && operation['security'].length === 0;
  return `<details id="${escapeHtml(operation.operationId)}"><summary><b class="${method}">${method.toUpperCase()}</b>
<code>${escapeHtml(path)}</code> ${escapeHtml(summary)}${isPublic ? ' <i>no token needed</i>' : ''}</summary>
${parameters.length > 0 ? `<table><tr><th>parameter</th><th>in</th><th>what</th></tr>${parameters.map(parameterRow).join('')}</table>` : ''}
${requestBody ? `<h4>body</h4>${content(requestBody.content)}` : ''}
<h4>answers</h4><table>${Object.entries(responses)
    .map(
      ([status, response]) =>
        `<tr><td><b>${status}</b></td><td>${prose(response.description)}${response.content ? content(response.content) : ''}</td></tr>`,
    )
    .join('')}</table></details>`;
}

function parameterRow({ name, in: where, required, description, schema }: Parameter): string {
  return `<tr><td><code>${escapeHtml(name)}</code>${required ? ' *' : ''}</td><td>${where}</td>
<td>${description ? `${prose(description)}<br>` : ''}${reference(schema)}</td></tr>`;
}

function content(types: Content): string {
  return Object.entries(types)
    .map(([type, { schema }]) => `<div><small>${escapeHtml(type)}</small> ${reference(schema)}</div>`)
    .join('');
}

/** A link to a named schema, or the schema itself. */
function reference(schema: unknown): string {
  const name = /^\{"\$ref":"#\/components\/schemas\/(\w+)"/.exec(JSON.stringify(schema))?.[1];
  return name ? `<a href="#schema-${name}">${name}</a>` : `<pre>${escapeHtml(JSON.stringify(schema, null, 1))}</pre>`;
}

function component([name, schema]: [string, unknown]): string {
  return `<details id="schema-${name}"><summary><code>${escapeHtml(name)}</code></summary>
<pre>${escapeHtml(JSON.stringify(schema, null, 2))}</pre></details>`;
}

function prose(text: string): string {
  return escapeHtml(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

const STYLE = `
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{max-width:62rem;margin:0 auto;padding:1rem}
h1 small{font-weight:400;opacity:.6}nav a{margin-right:1rem}h2{margin-top:2rem;text-transform:capitalize}
details{border:1px solid #8886;border-radius:.5rem;margin:.5rem 0;padding:.5rem .8rem}
summary{cursor:pointer}summary b{display:inline-block;min-width:3.6rem}
b.get{color:#0a7d38}b.post{color:#1264c8}i{opacity:.6;font-size:.85em}
table{border-collapse:collapse;width:100%;margin:.5rem 0}td,th{text-align:left;vertical-align:top;padding:.3rem .6rem;border-top:1px solid #8884}
pre{overflow:auto;background:#8881;padding:.5rem;border-radius:.3rem;font-size:.85em;margin:.2rem 0}h4{margin:.8rem 0 .2rem}`;
