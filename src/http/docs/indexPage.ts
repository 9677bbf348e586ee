import { escapeHtml, htmlPage } from './html';

export interface Index {
  readonly name: string;
  readonly version: string;
  readonly links: readonly { readonly method: string; readonly path: string }[];
}

/** The index as an HTML page for people, with links to everything a browser can open. */
export function indexPage({ name, version, links }: Index): string {
  const items = links.map(({ method, path }) => {
    const shown = `<code>${escapeHtml(path)}</code>`;
    const isOpened = method === 'GET' && !path.includes('{');
    return `<li><b class="${method.toLowerCase()}">${escapeHtml(method)}</b> ${isOpened ? `<a href="${escapeHtml(path)}">${shown}</a>` : shown}</li>`;
  });
  return htmlPage(
    name,
    `<h1>${escapeHtml(name)} <small>${escapeHtml(version)}</small></h1>
<p>Two accounts that move together or not at all. <a href="/docs">The API</a>, the same <a href="/openapi.json">for
programs</a>, and <a href="/health/ready">whether it is ready</a>.</p>
<ul>${items.join('\n')}</ul>`,
  );
}
