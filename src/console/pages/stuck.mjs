import { useState } from 'preact/hooks';
import { get, post } from '../api.mjs';
import { Confirm } from '../confirm.mjs';
import { counted, listed } from '../format.mjs';
import { useData, useTitle } from '../hooks.mjs';
import { html } from '../html.mjs';
import { Age, Empty, Failure, Money, Pager, Section, Status, Table, TransferLink } from '../parts.mjs';
import { partiesOf } from '../transfers.mjs';
import { VerbDialog } from '../verbs.mjs';

/**
 * @typedef {import('../api.mjs').Transfer} Transfer
 * @typedef {{ transfer: Transfer, holding: readonly string[], error: string | null }} Stuck
 * @typedef {{ cause: string, failed: boolean, items: readonly Stuck[] }} Group
 */

const PAGE = 100;
const EVERY_MS = 3_000;
const AGES = /** @type {const} */ ([
  [5_000, '5 seconds'],
  [30_000, '30 seconds'],
  [300_000, '5 minutes'],
  [3_600_000, '1 hour'],
]);
/** Transfers resumed at once: more would wait for each other. */
const TOGETHER = 8;

export function StuckPage() {
  useTitle('Stuck');
  const [olderThanMs, setAge] = useState(30_000);
  /** The pages before this one, by their cursors. */
  const [trail, setTrail] = useState(/** @type {readonly string[]} */ ([]));
  const cursor = trail.at(-1);
  const path = `/admin/transfers?olderThanMs=${olderThanMs}&limit=${PAGE}${cursor ? `&cursor=${cursor}` : ''}`;
  const { data, error, reload } = useData(path, EVERY_MS);
  const page = /** @type {{ items: readonly Stuck[], nextCursor: string | null } | undefined} */ (data);
  const [question, ask] = useState(/** @type {{ one: Transfer } | { all: Group } | undefined} */ (undefined));
  const close = () => ask(undefined);
  const next = page?.nextCursor ?? undefined;

  return html`<div class="page-head">
      <div>
        <h1 tabindex="-1">Stuck</h1>
        <p class="muted">What failed, and what is unfinished for longer than it should be. The oldest first.</p>
      </div>
      <label class="inline-field">
        <span>Unfinished after</span>
        <select value=${olderThanMs} onChange=${(/** @type {Event} */ event) => {
          setTrail([]);
          setAge(Number(/** @type {HTMLSelectElement} */ (event.target).value));
        }}>
          ${AGES.map(([ms, words]) => html`<option value=${ms}>${words}</option>`)}
        </select>
      </label>
    </div>
    <${Failure} error=${error} />
    ${page?.items.length === 0 && html`<${Empty} title="Nothing is stuck.">Every transfer is final, or younger than that. This page looks again every ${EVERY_MS / 1_000} seconds.<//>`}
    ${groupsOf(page?.items ?? []).map((group) => html`<${Cause} key=${group.cause} group=${group} ask=${ask} />`)}
    ${
      page &&
      (trail.length > 0 || next) &&
      html`<${Pager}
        newer=${trail.length > 0 ? () => setTrail(trail.slice(0, -1)) : undefined}
        older=${next ? () => setTrail([...trail, next]) : undefined}
        labels=${['Before', 'Next']}
        >${counted(page.items.length, 'transfer')} on page ${trail.length + 1}<//
      >`
    }
    ${question && 'one' in question && html`<${VerbDialog} verb="resume" transfer=${question.one} done=${reload} close=${close} />`}
    ${question && 'all' in question && html`<${ResumeAll} group=${question.all} olderThanMs=${olderThanMs} done=${reload} close=${close} />`}`;
}

/**
 * @param {{ group: Group, ask: (question: { one: Transfer } | { all: Group }) => void }} props
 */
function Cause({ group, ask }) {
  const { cause, failed, items } = group;
  const [call] = items[0]?.transfer.waitingFor ?? [];
  const lastError = call?.error;
  const aside = html`<span>${counted(items.length, 'transfer')} here</span>
    <button type="button" onClick=${() => ask({ all: group })}>Resume all…</button>`;
  return html`<${Section} title=${cause} id=${`cause-${items[0]?.transfer.id}`} aside=${aside}>
    <p class="muted card-note">
      ${failed ? 'They stopped, and stay so until an operator has removed the cause and resumes them.' : 'They are tried again by themselves.'}
      ${lastError && html`<br />Last error: ${lastError}`}
    </p>
    <${Table} label=${cause} head=${['Transfer', 'From and to', { text: 'Amount', number: true }, 'Status', { text: 'Age', number: true }, 'Waits for', 'Action']}>
      ${items.map(
        ({ transfer, holding }) => html`<tr key=${transfer.id}>
          <td><${TransferLink} id=${transfer.id} /></td>
          <td class="name">${partiesOf(transfer)}</td>
          <td class="number"><${Money} amount=${transfer.amount} currency=${transfer.currency} /></td>
          <td><${Status} status=${transfer.status} /></td>
          <td class="number"><${Age} since=${transfer.createdAt} /></td>
          <td class="name">${holding.length > 3 ? counted(holding.length, 'branch', 'branches') : listed(holding) || 'the service'}</td>
          <td class="action"><button type="button" aria-label=${`Resume ${transfer.id}`} onClick=${() => ask({ one: transfer })}>Resume…</button></td>
        </tr>`,
      )}
    <//>
  <//>`;
}

/**
 * @param {{ group: Group, olderThanMs: number, done: () => Promise<void>, close: () => void }} props
 */
function ResumeAll({ group, olderThanMs, done, close }) {
  const [count, setCount] = useState(0);
  const act = async () => {
    await resumeAll(group.cause, olderThanMs, setCount);
    await done();
  };
  return html`<${Confirm} title="Resume all of them?" verb="Resume all" act=${act} close=${close}>
    <p><strong>${group.cause}</strong></p>
    <p>The service goes on with every transfer that has this cause, also with those on other pages. Those that ended in between are left alone.</p>
    <p role="status">${count > 0 && `${counted(count, 'transfer')} resumed`}</p>
  <//>`;
}

/**
 * Resumes every transfer that is stuck for one cause, page by page, including pages that were not opened.
 * @param {string} cause
 * @param {number} olderThanMs
 * @param {(count: number) => void} progress
 */
async function resumeAll(cause, olderThanMs, progress) {
  let count = 0;
  let cursor = '';
  do {
    const { items, nextCursor } = await get(
      `/admin/transfers?olderThanMs=${olderThanMs}&limit=200${cursor && `&cursor=${cursor}`}`,
    );
    const ids = items
      .filter((/** @type {Stuck} */ each) => causeOf(each) === cause)
      .map((/** @type {Stuck} */ { transfer }) => transfer.id);
    for (let first = 0; first < ids.length; first += TOGETHER) {
      const some = ids.slice(first, first + TOGETHER);
      await Promise.all(some.map(resume));
      count += some.length;
      progress(count);
    }
    cursor = nextCursor ?? '';
  } while (cursor !== '');
}

/** @param {string} id */
async function resume(id) {
  try {
    await post(`/admin/transfers/${id}/resume`);
  } catch (error) {
    if (/** @type {{ code?: string }} */ (error).code !== 'already-final') throw error;
  }
}

/**
 * Groups transfers by cause; the group with the oldest transfer comes first.
 * @param {readonly Stuck[]} items
 * @returns {readonly Group[]}
 */
function groupsOf(items) {
  /** @type {Map<string, Stuck[]>} */
  const groups = new Map();
  for (const item of items) groups.set(causeOf(item), [...(groups.get(causeOf(item)) ?? []), item]);
  return [...groups].map(([cause, members]) => ({
    cause,
    items: members,
    failed: members[0]?.transfer.status === 'failed',
  }));
}

/**
 * The cause that holds a transfer, in the same words for every transfer that it holds.
 * @param {Stuck} stuck
 */
function causeOf({ transfer: { status, waitingFor = [], errors = [] }, holding, error }) {
  const [first] = waitingFor;
  if (first)
    return `${listed([...new Set(waitingFor.map(({ participant }) => participant))])} does not answer ${first.call}`;
  if (status === 'failed')
    return `Failed: ${[...new Set(errors.map(({ message }) => message))].join('; ') || 'the error is not known'}`;
  if (error) return error;
  return holding.length === 0 ? `Still ${status}: every branch has answered` : `Still ${status}: no error is known`;
}
