import { useEffect, useState } from 'preact/hooks';
import { addressOf, get } from '../api.mjs';
import { Chart } from '../chart.mjs';
import { useFeed } from '../feed.mjs';
import { clock, counted, money } from '../format.mjs';
import { useData, useTitle } from '../hooks.mjs';
import { html } from '../html.mjs';
import { Age, Empty, Failure, Money, Pager, Relative, Section, Status, Table, Time, TransferLink } from '../parts.mjs';

/**
 * @typedef {{ id: string, balance: number, held: number, incoming: number, available: number, currency: string | null,
 *   overdraftLimit: number, frozen: string | null, state: string, openedAt: string, closedAt?: string }} Account
 * @typedef {{ name: string, transaction: string, branch: string }} Coordinated
 * @typedef {{ transferId?: string, coordinatedBy?: Coordinated, direction: 'debit' | 'credit', amount: number, since: string, status?: string,
 *   expiresAt?: string, requestedBy?: string }} Hold
 * @typedef {{ seq: number, kind: string, amount: number, balanceAfter: number, transferId?: string,
 *   coordinatedBy?: Coordinated, description?: string,
 *   requestedBy?: string, occurredAt: string }} Entry
 */

/** Polls, because the feed reports transfers but not deposits and withdrawals. */
const ACCOUNT_MS = 2_000;
const PAGE = 50;
/** The most entries of the chart, and how many one answer has. */
const CHART = { entriesMax: 1_000, page: 200 };

/** @param {{ id: string }} props */
export function AccountPage({ id }) {
  useTitle(id);
  const base = `/account/${encodeURIComponent(id)}`;
  const { data, error, reload } = useData(base, ACCOUNT_MS);
  useFeed(id, reload);
  const account = /** @type {Account | undefined} */ (data);
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
        <${BalanceChart} base=${base} balance=${account.balance} />
        <${Holds} base=${base} changes=${`${account.held} ${account.incoming}`} />
        <${Statement} base=${base} balance=${account.balance} held=${account.held} />`
    }`;
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

/** @param {{ base: string, changes: string }} props `changes`: a new value when the holds may have changed */
function Holds({ base, changes }) {
  const [trail, setTrail] = useState(/** @type {readonly string[]} */ ([]));
  const cursor = trail.at(-1);
  const { data, error, reload } = useData(
    `${base}/holds?limit=${PAGE}${cursor ? `&cursor=${cursor}` : ''}`,
    ACCOUNT_MS,
  );
  useEffect(() => void reload(), [changes, reload]);
  const page = /** @type {{ items: readonly Hold[], nextCursor: string | null } | undefined} */ (data);
  const next = page?.nextCursor ?? undefined;
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

/** @param {{ base: string, balance: number, held: number }} props */
function Statement({ base, balance, held }) {
  const [trail, setTrail] = useState(/** @type {readonly string[]} */ ([]));
  const cursor = trail.at(-1);
  const { data, error, reload } = useData(`${base}/entries?limit=${PAGE}${cursor ? `&cursor=${cursor}` : ''}`);
  const page = /** @type {{ items: readonly Entry[], nextCursor: string | null } | undefined} */ (data);
  useEffect(() => {
    // The page after an older entry never changes. The first page changes with the account.
    if (cursor === undefined) void reload();
  }, [balance, held, cursor, reload]);
  const next = page?.nextCursor ?? undefined;
  const [first, last] = [page?.items[0], page?.items.at(-1)];
  return html`<${Section} title="Statement">
    <${Failure} error=${error} />
    ${
      page &&
      html`<${Table} label="Statement" head=${[{ text: 'No.', number: true, detail: true }, 'When', 'Entry', { text: 'Amount', number: true }, { text: 'Balance', number: true }, 'Transfer', 'Note']}>
        ${page.items.map(
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
      page &&
      (trail.length > 0 || next) &&
      html`<${Pager}
        newer=${trail.length > 0 ? () => setTrail(trail.slice(0, -1)) : undefined}
        older=${next ? () => setTrail([...trail, next]) : undefined}
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

/** @param {{ base: string, balance: number }} props */
function BalanceChart({ base, balance }) {
  const [entries, setEntries] = useState(/** @type {readonly Entry[] | undefined} */ (undefined));
  useEffect(() => {
    let wanted = true;
    lastEntries(base)
      .then((read) => {
        if (wanted) setEntries(read);
      })
      .catch(() => {
        // The statement below requests the same, and shows the error.
      });
    return () => {
      wanted = false;
    };
  }, [base, balance]);
  if (!entries || entries.length < 2) return null;
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
 * The latest entries, oldest first.
 * @param {string} base
 */
async function lastEntries(base) {
  /** @type {Entry[]} */
  const entries = [];
  let cursor = '';
  do {
    const { items, nextCursor } = await get(`${base}/entries?limit=${CHART.page}${cursor && `&cursor=${cursor}`}`);
    entries.push(...items);
    cursor = nextCursor ?? '';
  } while (cursor !== '' && entries.length < CHART.entriesMax);
  return entries.toReversed();
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
