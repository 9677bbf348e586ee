import { type CurlOf, curlOf } from './curl';
import type { Content, OpenApi, Parameter, Response } from './document';
import { escapeHtml, htmlPage, prose } from './html';

/** Placeholder for the address of the service, until a request tells it. */
export const ADDRESS = 'http://address.invalid';

/** The token for an operation, as shell text; undefined if the operation needs none. */
export type TokenOf = (operationId: string) => string | undefined;

/** The OpenAPI document as an HTML page for people. */
export function docsPage(document: OpenApi, tokenOf: TokenOf): string {
  const title = String(document.info['title']);
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  return htmlPage(
    `${title} API`,
    `<header><h1>${escapeHtml(title)} <small>${escapeHtml(String(document.info['version']))}</small></h1>
<p>${escapeHtml(String(document.info['summary']))}. ${prose(String(document.info['description']))} The same for programs:
<a href="/openapi.json">openapi.json</a>.</p>
<nav>${document.tags.map(({ name }) => `<a href="#${escapeHtml(name)}">${escapeHtml(name)}</a>`).join(' ')} <a href="#schemas">schemas</a></nav></header>
<main>${document.tags.map((tag) => section(tag, operations, tokenOf)).join('')}
<h2 id="schemas">schemas</h2>${Object.entries(document.components.schemas).map(component).join('')}
</main>`,
  );
}

function section(tag: OpenApi['tags'][number], operations: readonly CurlOf[], tokenOf: TokenOf): string {
  const own = operations.filter(({ operation }) => operation.tags.includes(tag.name));
  const articles = own.map((one) => article(one, tokenOf)).join('');
  return `<h2 id="${escapeHtml(tag.name)}">${escapeHtml(tag.name)}</h2><p>${prose(tag.description)}</p>${articles}`;
}

function article(listed: CurlOf, tokenOf: TokenOf): string {
  const { path, method, operation } = listed;
  const { summary, description, parameters, requestBody, responses } = operation;
  const isPublic = Array.isArray(operation['security']) && operation['security'].length === 0;
  return `<details id="${escapeHtml(operation.operationId)}"><summary><b class="${method}">${method.toUpperCase()}</b>
<code>${escapeHtml(path)}</code> ${escapeHtml(summary)}${isPublic ? ' <i>no token needed</i>' : ''}</summary>
<p>${prose(description)}</p>
<pre class="curl">${escapeHtml(curlOf(listed, ADDRESS, tokenOf(operation.operationId)))}</pre>
${parameters.length > 0 ? `<table><tr><th>parameter</th><th>in</th><th>what</th></tr>${parameters.map(parameterRow).join('')}</table>` : ''}
${requestBody ? `<h4>body</h4>${content(requestBody.content)}` : ''}
<h4>answers</h4><table>${Object.entries(responses).map(answerRow).join('')}</table></details>`;
}

function answerRow([status, response]: [string, Response]): string {
  const own = Object.keys(response.headers).filter((name) => name !== 'X-Request-Id');
  const headers = own.length > 0 ? ` <i>${own.map(escapeHtml).join(', ')}</i>` : '';
  return `<tr><td><b>${status}</b></td><td>${prose(response.description)}${headers}${response.content ? content(response.content) : ''}</td></tr>`;
}

function parameterRow({ name, in: where, required, description, schema }: Parameter): string {
  return `<tr><td><code>${escapeHtml(name)}</code>${required ? ' *' : ''}</td><td>${where}</td>
<td>${description ? `${prose(description)}<br>` : ''}${reference(schema)}</td></tr>`;
}

function content(types: Content): string {
  return Object.entries(types)
    .map(
      ([type, { schema, example }]) =>
        `<div><small>${escapeHtml(type)}</small> ${reference(schema)}${typeof example === 'object' ? json(example) : ''}</div>`,
    )
    .join('');
}

/** A link to a named schema, or the schema itself. */
function reference(schema: unknown): string {
  const name = /"\$ref":"#\/components\/schemas\/(\w+)"/.exec(JSON.stringify(schema))?.[1];
  return name ? `<a href="#schema-${name}">${name}</a>` : json(schema);
}

function json(value: unknown): string {
  return `<pre>${escapeHtml(JSON.stringify(value, null, 1))}</pre>`;
}

function component([name, schema]: [string, unknown]): string {
  return `<details id="schema-${name}"><summary><code>${escapeHtml(name)}</code></summary>
${json(schema)}</details>`;
}
