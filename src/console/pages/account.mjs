import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { addressOf, get } from '../api.mjs';
import { Chart } from '../chart.mjs';
import { clock, counted, money } from '../format.mjs';
import { asError, useData, useLooks, useTitle } from '../hooks.mjs';
import { html } from '../html.mjs';
import { Age, Empty, Failure, Money, Pager, Relative, Section, Status, Table, Time, TransferLink } from '../parts.mjs';

/**
 * @typedef {{ id: string, balance: number, held: number, incoming: number, available: number, currency: string | null,
 *   overdraftLimit: number, frozen: string | null, state: string, openedAt: string, closedAt?: string,
 *   lastSeq: number }} Account
 * @typedef {{ name: string, transaction: string, branch: string }} Coordinated
 * @typedef {{ transferId?: string, coordinatedBy?: Coordinated, direction: 'debit' | 'credit', amount: number, since: string, status?: string,
 *   expiresAt?: string, requestedBy?: string }} Hold
 * @typedef {{ seq: number, kind: string, amount: number, balanceAfter: number, transferId?: string,
 *   coordinatedBy?: Coordinated, description?: string,
 *   requestedBy?: string, occurredAt: string }} Entry
 */

/** The shortest rest of the page: after a look that found no change of the account, and after one that found a change. */
const QUIET_MS = 1_000;
const BUSY_MS = 2_000;
const PAGE = 50;
/** The most entries that the page keeps, for the chart, and how many one answer has. */
const LATEST = { entriesMax: 1_000, page: 200 };

/** @param {{ id: string }} props */
export function AccountPage({ id }) {
  useTitle(id);
  const base = `/account/${encodeURIComponent(id)}`;
  const { account, entries, error } = useAccount(base);
  return html`<div class="hero">
      <div class="hero-main">
        <p class="eyebrow">Account</p>
        <h1 tabindex="-1" class="name">${id}</h1>
        ${account && html`<p class="muted">${termsOf(account)}</p>`}
      </div>
      ${account && html`<div class="buttons"><a class="button" href=${`${base}/entries`} onClick=${(/** @type {Event} */ event) => download(event, base, id)}>Statement as CSV</a></div>`}
    </div>
    <${Failure} error=${error} />
    ${
      account &&
      html`<${Amounts} account=${account} />
        <${BalanceChart} entries=${entries} />
        <${Holds} base=${base} lastSeq=${account.lastSeq} />
        <${Statement} base=${base} latest=${entries} />`
    }`;
}

/**
 * An account and its latest entries, newest first, kept up to date. After the first look the page reads only new entries.
 * @param {string} base
 */
function useAccount(base) {
  const [account, setAccount] = useState(/** @type {Account | undefined} */ (undefined));
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  const [entries, setEntries] = useState(/** @type {readonly Entry[]} */ ([]));
  const known = useRef({ seq: 0, entries: /** @type {readonly Entry[]} */ ([]) });
  const look = useCallback(async () => {
    try {
      const now = /** @type {Account} */ (await get(base));
      setAccount(now);
      setError(undefined);
      if (now.lastSeq === known.current.seq) return QUIET_MS;
      // Entries are never deleted. An account with fewer entries comes from another database.
      if (now.lastSeq < known.current.seq) known.current = { seq: 0, entries: [] };
      const { seq, entries: before } = known.current;
      const isFirst = seq === 0;
      // Shows the first page before the entries arrive that only the chart needs.
      const newer = await entriesAfter(base, seq, (page) => isFirst && setEntries(page));
      const latest = [...newer, ...before].slice(0, LATEST.entriesMax);
      known.current = { seq: Math.max(now.lastSeq, latest[0]?.seq ?? 0), entries: latest };
      setEntries(latest);
      return BUSY_MS;
    } catch (failed) {
      setError(asError(failed));
      return QUIET_MS;
    }
  }, [base]);
  useLooks(look);
  return { account, entries, error };
}

/**
 * The entries after `seq`, newest first, but not more than the page keeps.
 * @param {string} base
 * @param {number} seq
 * @param {(page: readonly Entry[]) => unknown} begun is called with the first of several pages
 */
async function entriesAfter(base, seq, begun) {
  /** @type {Entry[]} */
  const entries = [];
  for (let cursor = ''; ; ) {
    const { items, nextCursor } = await get(
      `${base}/entries?limit=${LATEST.page}&afterSeq=${seq}${cursor && `&cursor=${cursor}`}`,
    );
    entries.push(...items);
    if (nextCursor === null || entries.length >= LATEST.entriesMax) return entries;
    if (cursor === '') begun(items);
    cursor = nextCursor;
  }
}

/** @param {Account} account */
function termsOf({ state, frozen, currency, openedAt, closedAt }) {
  const words = [
    closedAt ? `closed ${clock(closedAt)}` : state,
    frozen && `frozen for ${frozen === 'all' ? 'all that is new' : 'debits'}`,
    currency ? `in ${currency}` : 'without a currency',
    `opened ${clock(openedAt)}`,
  ];
  return words.filter(Boolean).join(', ');
}

/** Shows as a sum how the available amount differs from the balance. @param {{ account: Account }} props */
function Amounts({ account: { balance, overdraftLimit, held, available, incoming, currency, state } }) {
  return html`<${Section} title="Balances" aside="in minor units">
    <dl class="sum">
      <div><dt>Balance</dt><dd><${Money} amount=${balance} currency=${currency} /></dd></div>
      <div><dt>+ overdraft limit</dt><dd><${Money} amount=${overdraftLimit} /></dd></div>
      <div><dt>− held</dt><dd><${Money} amount=${held} /></dd></div>
      <div class="sum-total"><dt>= available</dt><dd><${Money} amount=${available} currency=${currency} /></dd></div>
      <div class="sum-apart"><dt>Incoming</dt><dd><${Money} amount=${incoming} /></dd></div>
    </dl>
    <p class="muted card-note">
      ${state === 'closed' ? 'A closed account has nothing to spend.' : 'Held is promised to transfers that are not final. Incoming is promised to this account, and cannot be spent before it comes.'}
    </p>
  <//>`;
}

/** @param {{ base: string, lastSeq: number }} props */
function Holds({ base, lastSeq }) {
  const [trail, setTrail] = useState(/** @type {readonly string[]} */ ([]));
  const [isAny, setIsAny] = useState(false);
  const cursor = trail.at(-1);
  // A promise begins and ends with an entry. Only the status of a transfer that holds something changes without one.
  const path = `${base}/holds?limit=${PAGE}${cursor ? `&cursor=${cursor}` : ''}`;
  const { data, error, reload } = useData(path, isAny ? BUSY_MS : undefined);
  const shown = useRef(lastSeq);
  useEffect(() => {
    if (shown.current !== lastSeq) void reload();
    shown.current = lastSeq;
  }, [lastSeq, reload]);
  const page = /** @type {{ items: readonly Hold[], nextCursor: string | null } | undefined} */ (data);
  const next = page?.nextCursor ?? undefined;
  if (page && page.items.length > 0 !== isAny) setIsAny(page.items.length > 0);
  return html`<${Section} title="Open holds" aside="live">
    <${Failure} error=${error} />
    ${page?.items.length === 0 && html`<${Empty} title="Nothing is held, and nothing is expected." />`}
    ${
      page &&
      page.items.length > 0 &&
      html`<${Table} label="Open holds" head=${['Transfer', 'Side', { text: 'Amount', number: true }, 'Status', { text: 'Age', number: true }, 'Expires', 'Asked for by']}>
        ${page.items.map(
          (hold) => html`<tr key=${`${hold.transferId ?? JSON.stringify(hold.coordinatedBy)}${hold.direction}`}>
            <td><${Origin} of=${hold} /></td>
            <td>${hold.direction === 'debit' ? 'holds' : 'expects'}</td>
            <td class="number"><${Money} amount=${hold.amount} /></td>
            <td>${hold.status && html`<${Status} status=${hold.status} />`}</td>
            <td class="number"><${Age} since=${hold.since} /></td>
            <td class="words">${hold.expiresAt ? html`<${Relative} at=${hold.expiresAt} />` : html`<span class="muted">when it is final</span>`}</td>
            <td class="name">${hold.requestedBy ?? ''}</td>
          </tr>`,
        )}
      <//>`
    }
    ${(trail.length > 0 || next) && html`<${Pager} newer=${trail.length > 0 ? () => setTrail(trail.slice(0, -1)) : undefined} older=${next ? () => setTrail([...trail, next]) : undefined}>Page ${trail.length + 1}<//>`}
  <//>`;
}

/**
 * The transfer of a hold or an entry. A transfer that another service coordinates has no page here.
 * @param {{ of: { transferId?: string, coordinatedBy?: Coordinated } }} props
 */
function Origin({ of: { transferId, coordinatedBy } }) {
  if (transferId) return html`<${TransferLink} id=${transferId} />`;
  if (!coordinatedBy) return null;
  const { name, transaction, branch } = coordinatedBy;
  return html`<span class="name" title=${`transaction ${transaction}`}>${name}: ${branch}</span>`;
}

/**
 * The sign of entries that change the balance; other entries leave it unchanged.
 * @type {Readonly<Record<string, number>>}
 */
const SIGNS = { deposit: 1, receive: 1, withdraw: -1, spend: -1 };

/** @param {{ base: string, latest: readonly Entry[] }} props */
function Statement({ base, latest }) {
  const [trail, setTrail] = useState(/** @type {readonly number[]} */ ([]));
  const before = trail.at(-1);
  // The page before an entry never changes. The first page changes with the account.
  const { data, error } = useData(
    before === undefined ? undefined : `${base}/entries?limit=${PAGE}&beforeSeq=${before}`,
  );
  const older = /** @type {{ items: readonly Entry[], nextCursor: string | null } | undefined} */ (data);
  const items = before === undefined ? latest.slice(0, PAGE) : (older?.items ?? []);
  const isMore = before === undefined ? latest.length > PAGE : Boolean(older?.nextCursor);
  const [first, last] = [items[0], items.at(-1)];
  return html`<${Section} title="Statement">
    <${Failure} error=${error} />
    ${
      items.length > 0 &&
      html`<${Table} label="Statement" head=${[{ text: 'No.', number: true, detail: true }, 'When', 'Entry', { text: 'Amount', number: true }, { text: 'Balance', number: true }, 'Transfer', 'Note']}>
        ${items.map(
          (entry) => html`<tr key=${entry.seq}>
            <td class="number muted detail">${money(entry.seq)}</td>
            <td><${Time} at=${entry.occurredAt} ms=${true} /></td>
            <td>${entry.kind}</td>
            <td class="number"><${Moved} entry=${entry} /></td>
            <td class="number"><${Money} amount=${entry.balanceAfter} /></td>
            <td><${Origin} of=${entry} /></td>
            <td class="wrap">${entry.description ?? ''}</td>
          </tr>`,
        )}
      <//>`
    }
    ${
      (trail.length > 0 || isMore) &&
      html`<${Pager}
        newer=${trail.length > 0 ? () => setTrail(trail.slice(0, -1)) : undefined}
        older=${isMore && last ? () => setTrail([...trail, last.seq]) : undefined}
        >${first && last ? `Entries ${money(first.seq)} to ${money(last.seq)}` : ''}<//
      >`
    }
  <//>`;
}

/** @param {{ entry: Entry }} props */
function Moved({ entry: { kind, amount } }) {
  const sign = SIGNS[kind];
  if (sign === undefined) return amount === 0 ? null : html`<span class="money muted">(${money(amount)})</span>`;
  return html`<span class=${`money ${sign > 0 ? 'plus' : 'minus'}`}>${sign > 0 ? '+' : '\u2212'}${money(amount)}</span>`;
}

/** @param {{ entries: readonly Entry[] }} props newest first */
function BalanceChart({ entries: latest }) {
  if (latest.length < 2) return null;
  const entries = latest.toReversed();
  const [first, last] = [entries[0], entries.at(-1)];
  const balances = entries.map(({ balanceAfter }) => balanceAfter);
  const summary = `Balance over the last ${counted(entries.length, 'entry', 'entries')}: from ${money(first?.balanceAfter ?? 0)} to ${money(last?.balanceAfter ?? 0)}, the lowest ${money(Math.min(...balances))}, the highest ${money(Math.max(...balances))}.`;
  return html`<${Section} title="Balance over time" aside=${`last ${counted(entries.length, 'entry', 'entries')}`}>
    <${Chart}
      times=${entries.map(({ occurredAt }) => Date.parse(occurredAt) / 1_000)}
      series=${[{ label: 'Balance', colour: '--accent', values: balances, stepped: true, fill: true }]}
      summary=${summary}
    />
  <//>`;
}

/**
 * Downloads the entries as CSV. The address answers JSON unless the request asks for CSV, which a link cannot do.
 * @param {Event} event
 * @param {string} base
 * @param {string} id
 */
async function download(event, base, id) {
  event.preventDefault();
  const response = await fetch(addressOf(`${base}/entries`), { headers: { Accept: 'text/csv' } });
  if (!response.ok) return;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await response.blob());
  link.download = `${id.replaceAll(':', '_')}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
