import { clock, duration, fromNow, milliseconds, money, shortId } from './format.mjs';
import { useNow } from './hooks.mjs';
import { html } from './html.mjs';

/** @typedef {import('preact').ComponentChildren} Children */

/** @param {{ status: string }} props */
export function Status({ status }) {
  return html`<span class=${`status status-${status}`}>${status}</span>`;
}

/** @param {{ at: string, ms?: boolean }} props */
export function Time({ at, ms = false }) {
  return html`<time datetime=${at} title=${at}>${clock(at)}${ms ? html`<span class="detail">${milliseconds(at)}</span>` : null}</time>`;
}

/** @param {{ at: string }} props */
export function Relative({ at }) {
  return html`<time datetime=${at} title=${at}>${fromNow(at, useNow())}</time>`;
}

/** @param {{ since: string }} props */
export function Age({ since }) {
  return html`<time datetime=${since} title=${since}>${duration(useNow() - Date.parse(since))}</time>`;
}

/** @param {{ id: string }} props */
export function TransferLink({ id }) {
  return html`<a class="id" href=${`#/transfers/${id}`} title=${id}>${shortId(id)}</a>`;
}

/** @param {{ id: string }} props */
export function AccountLink({ id }) {
  return html`<a class="name" href=${`#/account/${encodeURIComponent(id)}`}>${id}</a>`;
}

/** @param {{ amount: number, currency?: string | null | undefined }} props */
export function Money({ amount, currency }) {
  return html`<span class="money">${money(amount)}${currency ? html` <span class="unit">${currency}</span>` : null}</span>`;
}

/** @param {{ error: Error | undefined }} props */
export function Failure({ error }) {
  return error ? html`<p class="failure" role="alert">${error.message}</p>` : null;
}

/** @param {{ title: string, children?: Children }} props */
export function Empty({ title, children }) {
  return html`<div class="empty"><p class="empty-title">${title}</p>${children ? html`<p>${children}</p>` : null}</div>`;
}

/** @param {{ title: string, aside?: Children, id?: string, children?: Children }} props */
export function Section({ title, aside, id = title.toLowerCase().replaceAll(/\W+/g, '-'), children }) {
  return html`<section class="card" aria-labelledby=${id}>
    <header class="card-head"><h2 id=${id}>${title}</h2>${aside ? html`<div class="aside">${aside}</div>` : null}</header>
    ${children}
  </section>`;
}

/**
 * A table that scrolls separately if it is too wide for the window.
 * @param {{ label: string, head: readonly (string | { text: string, number: true, detail?: boolean })[], children?: Children }} props
 */
export function Table({ label, head, children }) {
  return html`<div class="scroll" role="group" aria-label=${label} tabindex="0">
    <table>
      <thead>
        <tr>
          ${head.map((cell) =>
            typeof cell === 'string'
              ? html`<th scope="col">${cell}</th>`
              : html`<th scope="col" class=${`number ${cell.detail ? 'detail' : ''}`}>${cell.text}</th>`,
          )}
        </tr>
      </thead>
      <tbody>${children}</tbody>
    </table>
  </div>`;
}

/**
 * The buttons of a paged list.
 * @param {{ newer: (() => void) | undefined, older: (() => void) | undefined, labels?: readonly [string, string], children?: Children }} props
 */
export function Pager({ newer, older, labels: [before, after] = ['Newer', 'Older'], children }) {
  return html`<nav class="pager" aria-label="Pages of the list">
    <button type="button" disabled=${!newer} onClick=${newer}>${before}</button>
    <span class="muted" role="status">${children}</span>
    <button type="button" disabled=${!older} onClick=${older}>${after}</button>
  </nav>`;
}
