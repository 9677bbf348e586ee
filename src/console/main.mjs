import { render } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { connection, watchConnection } from './api.mjs';
import { clock, duration } from './format.mjs';
import { useTitle } from './hooks.mjs';
import { html } from './html.mjs';
import { AccountPage } from './pages/account.mjs';
import { LivePage } from './pages/live.mjs';
import { SearchPage } from './pages/search.mjs';
import { StuckPage } from './pages/stuck.mjs';
import { TransferPage } from './pages/transfer.mjs';
import { TryItPage } from './pages/tryIt.mjs';
import { useStore } from './store.mjs';

/**
 * @typedef {{ page: 'search' | 'transfer' | 'stuck' | 'account' | 'live' | 'try' | 'none', id: string, query: URLSearchParams }} Place
 */

/** The tabs, by the page that they lead to. */
const TABS = /** @type {const} */ ([
  ['search', '#/', 'Search'],
  ['stuck', '#/stuck', 'Stuck'],
  ['live', '#/live', 'Live'],
  ['try', '#/try', 'Try it'],
]);

/**
 * Whether a page exists: "Try it" moves money, and exists only if the service serves every caller.
 * @param {Place['page']} page
 */
function isThere(page) {
  return page !== 'try' || document.documentElement.dataset['open'] === 'true';
}

/**
 * The page that the address names. The page stands after the `#`, so the document's address, and the credentials that
 * the browser sends for it, are the same for all pages.
 * @returns {Place}
 */
function placeOf(/** @type {string} */ hash) {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const [first = '', id = ''] = path.split('/').map(decoded);
  const known = TABS.find(([page]) => page === first && isThere(page))?.[0];
  const page =
    first === 'transfers'
      ? 'transfer'
      : first === 'account'
        ? 'account'
        : (known ?? (first === '' ? 'search' : 'none'));
  return { page, id, query: new URLSearchParams(query) };
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    // These pages did not write the address; use it unchanged.
    return text;
  }
}

/** @param {{ place: Place }} props */
function Page({ place: { page, id, query } }) {
  switch (page) {
    case 'transfer':
      return html`<${TransferPage} key=${id} id=${id} />`;
    case 'account':
      return html`<${AccountPage} key=${id} id=${id} />`;
    case 'stuck':
      return html`<${StuckPage} />`;
    case 'live':
      return html`<${LivePage} />`;
    case 'try':
      return html`<${TryItPage} />`;
    case 'search':
      return html`<${SearchPage} query=${query.get('q') ?? ''} />`;
    case 'none':
      return html`<${NoPage} />`;
  }
}

/** The page for an address without a page. */
function NoPage() {
  useTitle('No such page');
  return html`<h1 tabindex="-1">There is no such page</h1>
    <p>The console has no page at <code>${location.hash}</code>. <a href="#/">Search</a> for a transfer, an account, a key or metadata.</p>`;
}

/** Shows when the service is away and when it is back, visibly and to screen readers. */
function ConnectionBanner() {
  const seen = useStore(connection);
  const wasAway = useRef(0);
  const [back, setBack] = useState('');
  useEffect(() => {
    if (seen.state === 'away') {
      wasAway.current = seen.since;
      setBack('');
      return undefined;
    }
    if (wasAway.current === 0) return undefined;
    setBack(`Tandem answers again, after ${duration(Date.now() - wasAway.current)}. What you see is up to date.`);
    wasAway.current = 0;
    const timer = setTimeout(() => setBack(''), 8_000);
    return () => clearTimeout(timer);
  }, [seen.state]);
  return html`<div class="banners">
    <div role="alert">
      ${
        seen.state === 'away' &&
        html`<p class="banner banner-away"><strong>${seen.why}</strong> What you see is from before ${clock(seen.since)}. The page tries again by itself.</p>`
      }
    </div>
    <div role="status">${back && seen.state === 'up' && html`<p class="banner banner-back">${back}</p>`}</div>
  </div>`;
}

function App() {
  const [place, setPlace] = useState(placeOf(location.hash));
  const main = useRef(/** @type {HTMLElement | null} */ (null));
  const first = useRef(true);
  const seen = useStore(connection);
  useEffect(() => {
    const move = () => setPlace(placeOf(location.hash));
    addEventListener('hashchange', move);
    return () => removeEventListener('hashchange', move);
  }, []);
  useEffect(() => {
    const heading = main.current?.querySelector('h1');
    // A screen reader announces the new page, except when the console was just opened.
    if (!first.current && place.page !== 'search') heading?.focus();
    if (!first.current) scrollTo(0, 0);
    first.current = false;
  }, [place.page, place.id]);
  return html`<a class="skip" href="#main" onClick=${skip}>To the content</a>
    <header class="top">
      <div class="top-in">
        <a class="brand" href="#/"><img src="/console/icon.svg" alt="" width="26" height="26" />Tandem</a>
        <nav aria-label="Pages">
          ${TABS.filter(([page]) => isThere(page)).map(
            ([page, href, text]) =>
              html`<a href=${href} aria-current=${place.page === page ? 'page' : undefined}>${text}</a>`,
          )}
        </nav>
        <span class=${`link-state link-${seen.state}`}>${seen.state === 'up' ? 'connected' : 'no answer'}</span>
      </div>
    </header>
    <${ConnectionBanner} />
    <main id="main" ref=${main} tabindex="-1"><${Page} place=${place} /></main>
    <footer class="foot">
      Amounts are in minor units. Everything here comes from <a href="/docs">the API</a>; there are also the ${' '}
      <a href="/admin/queues">job queue</a> and the <a href="/metrics">metrics</a>.
    </footer>`;
}

/** @param {Event} event */
function skip(event) {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

const root = document.getElementById('app');
if (root) render(html`<${App} />`, root);
void watchConnection();
