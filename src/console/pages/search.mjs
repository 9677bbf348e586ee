import { useEffect, useRef, useState } from 'preact/hooks';
import { get, Refused } from '../api.mjs';
import { counted } from '../format.mjs';
import { asError, useData, useTitle } from '../hooks.mjs';
import { html } from '../html.mjs';
import { AccountLink, Empty, Failure, Money, Section, Status, Table, Time, TransferLink } from '../parts.mjs';
import { partiesOf } from '../transfers.mjs';

/**
 * @typedef {import('../api.mjs').Transfer} Transfer
 * @typedef {{ role: string, owner: string, transferId?: string, createdAt: string }} Key
 * @typedef {{ id: string, balance: number, held: number, available: number, currency: string | null, state: string }} Account
 * @typedef {{ text: string, transfer?: Transfer, account?: Account, keys: readonly Key[], byMetadata: readonly Transfer[],
 *   lookedAt: readonly string[] }} Found
 */

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const ACCOUNT_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;
const KEY = /^[\x20-\x7e]{1,255}$/;
const RECENT_MS = 2_000;
/** The most metadata names, from recent transfers, under which a value without a name is searched. */
const NAMES_MAX = 8;
const SAMPLE = 100;

/** @param {{ query: string }} props */
export function SearchPage({ query }) {
  useTitle(query === '' ? 'Search' : query);
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const typing = useRef(false);
  const [found, setFound] = useState(/** @type {Found | undefined} */ (undefined));
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));

  useEffect(() => {
    // Do not overwrite text that the user is typing.
    if (input.current && !typing.current) input.current.value = query;
    setError(undefined);
    if (query === '') {
      setFound(undefined);
      input.current?.focus();
      return undefined;
    }
    let wanted = true;
    search(query)
      .then((result) => {
        if (wanted) setFound(result);
      })
      .catch((failed) => {
        if (wanted) setError(asError(failed));
      });
    return () => {
      wanted = false;
    };
  }, [query]);

  /** @param {SubmitEvent} event */
  const submit = (event) => {
    event.preventDefault();
    typing.current = false;
    const text = input.current?.value.trim() ?? '';
    location.hash = UUID.test(text)
      ? `#/transfers/${text.toLowerCase()}`
      : text === ''
        ? '#/'
        : `#/?q=${encodeURIComponent(text)}`;
  };

  return html`<div class="search-head">
      <h1 tabindex="-1">Search</h1>
      <form role="search" class="search" onSubmit=${submit}>
        <label class="visually-hidden" for="q">A transfer, an idempotency key, an account or metadata</label>
        <input id="q" ref=${input} type="search" onInput=${() => {
          typing.current = true;
        }} autocomplete="off" spellcheck="false" aria-describedby="q-hint" placeholder="Transfer, idempotency key, account, or metadata" />
        <button class="primary">Search</button>
      </form>
      <p id="q-hint" class="muted">An id, a key, a name, or metadata as <code>order=4711</code>.</p>
    </div>
    <${Failure} error=${error} />
    ${query === '' ? html`<${Recent} />` : found?.text === query ? html`<${Results} found=${found} />` : null}`;
}

/** @param {{ found: Found }} props */
function Results({ found: { text, transfer, account, keys, byMetadata, lookedAt } }) {
  const count = (transfer ? 1 : 0) + (account ? 1 : 0) + keys.length + byMetadata.length;
  return html`<p class="visually-hidden" role="status">${count === 0 ? 'Nothing found' : counted(count, 'result')}</p>
    ${
      count === 0 &&
      html`<${Empty} title=${`Nothing is called ${text}.`}>
      ${nothingWords(text, lookedAt)}
    <//>`
    }
    ${transfer && html`<${Section} title="Transfer"><${Transfers} label="Transfer" items=${[transfer]} /><//>`}
    ${account && html`<${Section} title="Account"><${AccountCard} account=${account} /><//>`}
    ${keys.length > 0 && html`<${Section} title="Idempotency key" aside=${counted(keys.length, 'caller')}><${Keys} keys=${keys} /><//>`}
    ${
      byMetadata.length > 0 &&
      html`<${Section} title="Transfers by metadata" aside=${counted(byMetadata.length, 'transfer')}>
      <${Transfers} label="Transfers by metadata" items=${byMetadata} metadata=${true} />
    <//>`
    }
    ${byMetadata.length === 0 && !text.includes('=') && html`<${OtherName} key=${text} value=${text} names=${lookedAt} />`}`;
}

/**
 * Describes an unsuccessful search. A text with `=` names one metadata member; any other text was searched under the
 * names tried.
 * @param {string} text
 * @param {readonly string[]} names
 */
function nothingWords(text, names) {
  const pair = splitPair(text);
  if (pair)
    return `No transfer has ${pair.name} = ${pair.value} in its metadata. No account and no idempotency key is called so.`;
  const called = 'No account and no idempotency key is called so.';
  return names.length === 0 ? called : `${called} No transfer has it in its metadata as ${names.join(' or ')}.`;
}

/**
 * The name before the first `=` of a text, and the value after it; undefined without an `=` or a name.
 * @param {string} text
 */
function splitPair(text) {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  return name === undefined || value === undefined ? undefined : { name, value };
}

/**
 * Asks for the metadata name of a value: the service finds a value only together with its name.
 * @param {{ value: string, names: readonly string[] }} props
 */
function OtherName({ value, names }) {
  /** @param {SubmitEvent} event */
  const submit = (event) => {
    event.preventDefault();
    const name = new FormData(/** @type {HTMLFormElement} */ (event.target)).get('name');
    location.hash = `#/?q=${encodeURIComponent(`${typeof name === 'string' ? name : ''}=${value}`)}`;
  };
  return html`<${Section} title="In metadata under another name">
    <form class="other-name" onSubmit=${submit}>
      <p>${names.length > 0 ? `Only the names of recent transfers were tried (${names.join(', ')}).` : 'No recent transfer has metadata.'}
        A value under another name is found together with it, as <code>name=value</code>.</p>
      <label class="inline-field"><span>Name</span>
        <input name="name" required pattern="[^=]+" title="Without an equals sign" autocomplete="off" spellcheck="false" /></label>
      <button>Search for this name</button>
    </form>
  <//>`;
}

/** @param {{ account: Account }} props */
function AccountCard({ account: { id, balance, held, available, currency, state } }) {
  return html`<${Table} label="Account" head=${['Account', 'State', { text: 'Balance', number: true }, { text: 'Held', number: true }, { text: 'Available', number: true }]}>
    <tr>
      <td><${AccountLink} id=${id} /></td>
      <td>${state}</td>
      <td class="number"><${Money} amount=${balance} currency=${currency} /></td>
      <td class="number"><${Money} amount=${held} /></td>
      <td class="number"><${Money} amount=${available} /></td>
    </tr>
  <//>`;
}

/** @param {{ keys: readonly Key[] }} props */
function Keys({ keys }) {
  return html`<${Table} label="What the key stands for" head=${['Caller', 'Role', 'Stands for', 'Since']}>
    ${keys.map(
      ({ role, owner, transferId, createdAt }) => html`<tr>
        <td class="name">${owner}</td>
        <td>${role}</td>
        <td>${transferId ? html`<${TransferLink} id=${transferId} />` : 'a change of one account'}</td>
        <td><${Time} at=${createdAt} /></td>
      </tr>`,
    )}
  <//>`;
}

/**
 * @param {{ label: string, items: readonly Transfer[], metadata?: boolean }} props
 */
export function Transfers({ label, items, metadata = false }) {
  return html`<${Table} label=${label} head=${['Transfer', 'From and to', { text: 'Amount', number: true }, 'Status', 'Created', ...(metadata ? ['Metadata'] : [])]}>
    ${items.map(
      (transfer) => html`<tr key=${transfer.id}>
        <td><${TransferLink} id=${transfer.id} /></td>
        <td class="name">${partiesOf(transfer)}</td>
        <td class="number"><${Money} amount=${transfer.amount} currency=${transfer.currency} /></td>
        <td><${Status} status=${transfer.status} /></td>
        <td><${Time} at=${transfer.createdAt} ms=${true} /></td>
        ${metadata && html`<td class="wrap">${metadataWords(transfer.metadata)}</td>`}
      </tr>`,
    )}
  <//>`;
}

/** @param {Record<string, unknown>} [metadata] */
function metadataWords(metadata = {}) {
  return Object.entries(metadata)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}

function Recent() {
  const { data, error } = useData('/transfers?limit=20', RECENT_MS);
  const items = /** @type {{ items: readonly Transfer[] } | undefined} */ (data)?.items;
  return html`<${Section} title="Latest transfers" aside="live">
    <${Failure} error=${error} />
    ${items && items.length === 0 && html`<${Empty} title="There are no transfers yet.">They show up here as they are asked for.<//>`}
    ${items && items.length > 0 && html`<${Transfers} label="Latest transfers" items=${items} />`}
  <//>`;
}

/**
 * Searches for a text as an account, an idempotency key and metadata.
 * @param {string} text
 * @returns {Promise<Found>}
 */
async function search(text) {
  const [account, keys, { items: byMetadata, names }] = await Promise.all([
    ACCOUNT_ID.test(text) ? orNone(get(`/account/${encodeURIComponent(text)}`)) : undefined,
    KEY.test(text) ? get(`/idempotency-keys?key=${encodeURIComponent(text)}`) : { items: [] },
    searchMetadata(text),
  ]);
  return { text, account, keys: keys.items, byMetadata, lookedAt: names };
}

/**
 * The transfers with a text in their metadata. Searches the value under the name before the text's first `=`, and the
 * whole text under the names that recent transfers have.
 * @param {string} text
 */
async function searchMetadata(text) {
  const { items: recent } = await get(`/transfers?limit=${SAMPLE}`);
  const used = recent.flatMap((/** @type {Transfer} */ { metadata }) => Object.keys(metadata ?? {}));
  const names = [...new Set(used)].slice(0, NAMES_MAX).map(String);
  const pair = splitPair(text);
  const found = await Promise.all([
    ...(pair ? [withMetadata(pair.name, pair.value)] : []),
    ...names.map((each) => withMetadata(each, text)),
  ]);
  const items = [...new Map(found.flat().map((transfer) => [transfer.id, transfer])).values()];
  return { names, items: items.toSorted((a, b) => (a.id < b.id ? 1 : -1)) };
}

/**
 * @param {string} name
 * @param {string} value
 * @returns {Promise<readonly Transfer[]>}
 */
async function withMetadata(name, value) {
  const { items } = await get(`/transfers?limit=50&${new URLSearchParams({ [`metadata.${name}`]: value })}`);
  return items;
}

/**
 * @template T
 * @param {Promise<T>} asked
 * @returns {Promise<T | undefined>}
 */
async function orNone(asked) {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Refused && error.status === 404) return undefined;
    throw error;
  }
}
