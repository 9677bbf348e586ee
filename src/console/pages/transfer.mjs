import { useState } from 'preact/hooks';
import { useData, useNow, useTitle } from '../hooks.mjs';
import { html } from '../html.mjs';
import { AccountLink, Empty, Failure, Money, Relative, Section, Status, Table, Time, TransferLink } from '../parts.mjs';
import { Timeline } from '../timeline.mjs';
import { isFinal, nameOf, partiesOf, postingsOf, sentence, verbsOf } from '../transfers.mjs';
import { VERBS, VerbDialog } from '../verbs.mjs';

/**
 * @typedef {import('../api.mjs').Transfer} Transfer
 * @typedef {import('../verbs.mjs').Verb} Verb
 */

const LIVE_MS = 1_000;

/** @param {{ id: string }} props */
export function TransferPage({ id }) {
  const [final, setFinal] = useState(false);
  const { data, error, reload } = useData(`/transfers/${encodeURIComponent(id)}`, final ? undefined : LIVE_MS);
  const transfer = /** @type {Transfer | undefined} */ (data);
  useTitle(transfer ? partiesOf(transfer) : 'Transfer');
  if (transfer && isFinal(transfer) !== final) setFinal(isFinal(transfer));
  if (!transfer) return html`<h1 tabindex="-1">Transfer</h1><p class="id">${id}</p><${Failure} error=${error} />`;
  return html`<${Head} transfer=${transfer} reload=${reload} />
    <${Section} title="Phases" aside="a wider phase took longer, not in proportion"><${Timeline} transfer=${transfer} /><//>
    ${transfer.waitingFor && html`<${Waiting} calls=${transfer.waitingFor} />`}
    <div class="columns">
      ${(transfer.postings || transfer.branches.length === 0) && html`<${Postings} transfer=${transfer} />`}
      <${Facts} transfer=${transfer} />
      <${Metadata} metadata=${transfer.metadata} />
    </div>`;
}

/** @param {{ transfer: Transfer, reload: () => Promise<void> }} props */
function Head({ transfer, reload }) {
  const now = useNow();
  const [verb, ask] = useState(/** @type {Verb | undefined} */ (undefined));
  const { id, status, amount, currency } = transfer;
  return html`<div class="hero">
    <div class="hero-main">
      <p class="eyebrow">Transfer <span class="id">${id}</span></p>
      <h1 tabindex="-1">${partiesOf(transfer)}</h1>
      <p class="hero-amount"><span><${Money} amount=${amount} currency=${currency} /> <span class="unit">minor units</span></span>
        <${Status} status=${status} /></p>
    </div>
    <div class="buttons">
      ${verbsOf(transfer).map(
        (each) =>
          html`<button type="button" class=${each === 'capture' || each === 'resume' ? 'primary' : 'danger'} onClick=${() => ask(each)}>${VERBS[each]}…</button>`,
      )}
    </div>
    <p class=${`sentence sentence-${status}`} aria-live="off">${sentence(transfer, now)}</p>
    <p class="visually-hidden" role="status">Status: ${status}</p>
    ${verb && html`<${VerbDialog} verb=${verb} transfer=${transfer} done=${reload} close=${() => ask(undefined)} />`}
  </div>`;
}

/** @param {{ calls: NonNullable<Transfer['waitingFor']> }} props */
function Waiting({ calls }) {
  return html`<${Section} title="Calls without an answer">
    <${Table} label="Calls without an answer" head=${['Branch', 'Call', { text: 'Attempts', number: true }, 'Last error', 'Since', 'Next attempt']}>
      ${calls.map(
        (each) => html`<tr>
          <td class="name">${nameOf(each)}</td>
          <td>${each.call}</td>
          <td class="number">${each.attempts}</td>
          <td class="wrap">${each.error}</td>
          <td><${Time} at=${each.since} /></td>
          <td><${Relative} at=${each.nextAt} /></td>
        </tr>`,
      )}
    <//>
  <//>`;
}

/** @param {{ transfer: Transfer }} props */
function Postings({ transfer }) {
  const postings = postingsOf(transfer);
  const isCaptured = postings.some(({ captured }) => captured !== undefined);
  return html`<${Section} title="Postings">
    ${
      postings.length === 0
        ? html`<${Empty} title="No money moves: participants alone take part." />`
        : html`<${Table}
          label="Postings"
          head=${['From', 'To', { text: 'Amount', number: true }, ...(isCaptured ? [{ text: 'Captured', number: true }] : [])]}
        >
          ${postings.map(
            ({ origin, destination, amount, captured }) => html`<tr>
              <td><${AccountLink} id=${origin} /></td>
              <td><${AccountLink} id=${destination} /></td>
              <td class="number"><${Money} amount=${amount} /></td>
              ${isCaptured && html`<td class="number"><${Money} amount=${captured ?? 0} /></td>`}
            </tr>`,
          )}
        <//>`
    }
  <//>`;
}

/** @param {{ transfer: Transfer }} props */
function Facts({ transfer }) {
  const {
    requestedBy,
    attempts,
    createdAt,
    deadlineAt,
    expiresAt,
    finishedAt,
    refunds,
    amountAuthorized,
    amountCaptured,
  } = transfer;
  return html`<${Section} title="Facts">
    <dl class="facts">
      <dt>Asked for by</dt>
      <dd>${requestedBy ?? 'a caller without a name'}</dd>
      <dt>Created</dt>
      <dd><${Time} at=${createdAt} ms=${true} /></dd>
      <dt>Deadline of the votes</dt>
      <dd><${Time} at=${deadlineAt} ms=${true} /></dd>
      ${expiresAt && html`<dt>Authorization ends</dt><dd><${Time} at=${expiresAt} /></dd>`}
      ${finishedAt && html`<dt>Final</dt><dd><${Time} at=${finishedAt} ms=${true} /></dd>`}
      ${amountAuthorized !== undefined && html`<dt>Authorized</dt><dd><${Money} amount=${amountAuthorized} /></dd>`}
      ${amountCaptured !== undefined && html`<dt>Captured</dt><dd><${Money} amount=${amountCaptured} /></dd>`}
      ${refunds && html`<dt>Refunds</dt><dd><${TransferLink} id=${refunds} /></dd>`}
      <dt>Left to a later attempt</dt>
      <dd>${attempts === 0 ? 'never' : attempts === 1 ? 'once' : `${attempts} times`}</dd>
    </dl>
  <//>`;
}

/** @param {{ metadata: Record<string, unknown> | undefined }} props */
export function Metadata({ metadata }) {
  const members = Object.entries(metadata ?? {});
  return html`<${Section} title="Metadata">
    ${
      members.length === 0
        ? html`<${Empty} title="None was given." />`
        : html`<dl class="facts">
          ${members.map(
            ([key, value]) => html`<dt>${key}</dt>
              <dd>${
                typeof value === 'string'
                  ? html`<a href=${`#/?q=${encodeURIComponent(`${key}=${value}`)}`}>${value}</a>`
                  : JSON.stringify(value)
              }</dd>`,
          )}
        </dl>`
    }
  <//>`;
}
