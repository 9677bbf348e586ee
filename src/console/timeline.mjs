import { duration, fromNow, money, signed } from './format.mjs';
import { useNow } from './hooks.mjs';
import { html } from './html.mjs';
import { AccountLink, Time } from './parts.mjs';
import { isFinal, nameOf, netOf, postingsOf } from './transfers.mjs';

/**
 * @typedef {import('./api.mjs').Transfer} Transfer
 * @typedef {Transfer['branches'][number]} Branch
 * @typedef {Transfer['history'][number]} Entry
 * @typedef {{ status: Transfer['status'], at: string, ended?: Entry, ms: number }} Phase
 * @typedef {{ text: string, tone: 'good' | 'bad' | 'hold' | 'wait' | 'idle', open?: boolean }} Cell
 */

const TITLES = /** @type {Readonly<Record<string, string>>} */ ({
  preparing: 'Prepare',
  authorized: 'Hold',
  committing: 'Commit',
  aborting: 'Abort',
  failed: 'Failed',
});

/**
 * The statuses that a transfer went through, each with the event that ended it. An operator's settlement within a
 * status is not a phase.
 * @param {Transfer} transfer
 * @param {number} now
 * @returns {readonly Phase[]}
 */
function phasesOf({ history }, now) {
  const steps = history.filter(({ status }, index) => status !== history[index - 1]?.status);
  return steps.flatMap((entry, index) => {
    if (isFinal(entry)) return [];
    const ended = steps[index + 1];
    const ms = (ended ? Date.parse(ended.at) : now) - Date.parse(entry.at);
    return [{ status: entry.status, at: entry.at, ms: Math.max(0, ms), ...(ended && { ended }) }];
  });
}

/**
 * One lane for each branch: what it was asked and answered in each phase. Phases last from a millisecond to a month, so
 * a wider one took longer, but not in proportion. Each shows its duration.
 * @param {{ transfer: Transfer }} props
 */
export function Timeline({ transfer }) {
  const now = useNow();
  const phases = phasesOf(transfer, now);
  const last = transfer.history.at(-1);
  const end = last && isFinal(last) ? last : undefined;
  const columns = useColumns(phases);
  return html`<div class="scroll" role="group" aria-label="Phases of the transfer" tabindex="0">
    <table class="lanes" ref=${columns}>
      <thead>
        <tr>
          <th scope="col">Branch</th>
          ${phases.map(
            ({ status, at, ms, ended }) => html`<th scope="col" class="phase">
              <span class="phase-name">${TITLES[status]}</span>
              <span class="phase-ms">${ended ? duration(ms) : `for ${duration(ms)}`}</span>
              <span class="phase-at"><${Time} at=${at} ms=${true} /></span>
            </th>`,
          )}
          <th scope="col" class="phase phase-end">
            ${
              end
                ? html`<span class=${`phase-name end-${end.status}`}>${end.status}</span>
                  <span class="phase-ms">after ${duration(Date.parse(end.at) - Date.parse(transfer.createdAt))}</span>
                  <span class="phase-at"><${Time} at=${end.at} ms=${true} /></span>`
                : html`<span class="phase-name">now</span><span class="phase-ms">not final</span>`
            }
          </th>
        </tr>
      </thead>
      <tbody>
        ${transfer.branches.map(
          (branch) => html`<tr>
            <th scope="row"><${Lane} transfer=${transfer} branch=${branch} /></th>
            ${phases.map((phase) => html`<td><${Bar} cell=${cellOf(transfer, branch, phase, now)} /></td>`)}
            <td class="phase-end"><span class=${`mark mark-${end?.status ?? 'open'}`}>${branch.state === 'none' ? (end ? 'not asked' : 'open') : branch.state}</span></td>
          </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/**
 * Gives each column the width of its phase. Sets it from a script because the page's content policy allows no style in
 * its markup.
 * @param {readonly Phase[]} phases
 */
function useColumns(phases) {
  /** @param {HTMLTableElement | null} table */
  return (table) => {
    if (!table) return;
    /** @type {NodeListOf<HTMLElement>} */
    const heads = table.querySelectorAll('th.phase:not(.phase-end)');
    const weights = phases.map(({ ms }) => 1 + Math.log10(1 + ms) / 2);
    const all = weights.reduce((sum, weight) => sum + weight, 0);
    heads.forEach((head, index) => {
      head.style.width = `${(((weights[index] ?? 1) / all) * 64).toFixed(1)}%`;
    });
  };
}

/** @param {{ transfer: Transfer, branch: Branch }} props */
function Lane({ transfer, branch }) {
  if (!('account' in branch))
    return html`<span class="name">${nameOf(branch)}</span><small class="lane-note">participant</small>`;
  const net = netOf(transfer, branch.account);
  return html`<${AccountLink} id=${branch.account} />
    <small class="lane-note">${net === 0 ? branch.direction : html`<span class="money">${signed(net)}</span>`}</small>`;
}

/** @param {{ cell: Cell }} props */
function Bar({ cell: { text, tone, open = false } }) {
  return html`<span class=${`bar bar-${tone}${open ? ' bar-open' : ''}`}>${text}</span>`;
}

/**
 * @param {Transfer} transfer
 * @param {Branch} branch
 * @param {Phase} phase
 * @param {number} now
 * @returns {Cell}
 */
function cellOf(transfer, branch, phase, now) {
  switch (phase.status) {
    case 'preparing':
      return prepared(transfer, branch, phase, now);
    case 'authorized':
      return { text: promised(transfer, branch), tone: 'hold', open: !phase.ended };
    case 'committing':
    case 'aborting':
      return told(transfer, branch, phase, now);
    case 'failed': {
      const error = transfer.errors?.find((each) => nameOf(each) === nameOf(branch));
      return { text: error?.message ?? branch.state, tone: error ? 'bad' : 'idle', open: !phase.ended };
    }
    case 'committed':
    case 'aborted':
      return { text: phase.status, tone: 'idle' };
  }
}

/**
 * @param {Transfer} transfer
 * @param {Branch} branch
 * @param {Phase} phase
 * @param {number} now
 * @returns {Cell}
 */
function prepared(transfer, branch, { ended }, now) {
  const vote = ended?.votes?.find((each) => nameOf(each) === nameOf(branch))?.vote;
  if (vote === 'commit') return { text: 'votes commit', tone: 'good' };
  if (vote === 'abort') return { text: 'votes abort', tone: 'bad' };
  if (ended) return { text: 'vote not recorded', tone: 'idle' };
  if (branch.state === 'prepared') return { text: 'votes commit', tone: 'good' };
  if (branch.state === 'aborted') return { text: 'votes abort', tone: 'bad' };
  return { text: waiting(transfer, branch, now) ?? 'asked for its vote', tone: 'wait', open: true };
}

/**
 * @param {Transfer} transfer
 * @param {Branch} branch
 * @param {Phase} phase
 * @param {number} now
 * @returns {Cell}
 */
function told(transfer, branch, { status, ended }, now) {
  const wanted = status === 'committing' ? 'committed' : 'aborted';
  const has =
    branch.state === wanted ||
    ended?.confirmed?.some((each) => (typeof each === 'string' ? each : nameOf(each)) === nameOf(branch));
  const settled = transfer.history.find((entry) => entry.settled && nameOf(entry.settled) === nameOf(branch))?.settled;
  if (settled) return { text: `settled by hand as ${settled.as}`, tone: 'hold' };
  if (has) return { text: moved(transfer, branch, wanted), tone: wanted === 'committed' ? 'good' : 'idle' };
  if (ended) return { text: 'did not confirm', tone: 'bad' };
  return {
    text: waiting(transfer, branch, now) ?? `told to ${wanted === 'committed' ? 'commit' : 'abort'}`,
    tone: 'wait',
    open: true,
  };
}

/**
 * @param {Transfer} transfer
 * @param {Branch} branch
 * @param {'committed' | 'aborted'} state
 */
function moved(transfer, branch, state) {
  if (!('account' in branch)) return 'confirmed';
  if (state === 'aborted') return 'released';
  const { account } = branch;
  const amount = postingsOf(transfer).reduce((sum, posting) => {
    const part = posting.captured ?? transfer.amountCaptured ?? posting.amount;
    return sum + (posting.destination === account ? part : 0) - (posting.origin === account ? part : 0);
  }, 0);
  return amount === 0 ? 'confirmed' : `${amount < 0 ? 'spent' : 'received'} ${money(Math.abs(amount))}`;
}

/**
 * @param {Transfer} transfer
 * @param {Branch} branch
 */
function promised(transfer, branch) {
  if (!('account' in branch)) return 'prepared';
  const net = netOf(transfer, branch.account);
  return net < 0 ? `holds ${money(-net)}` : `expects ${money(net)}`;
}

/**
 * @param {Transfer} transfer
 * @param {Branch} branch
 * @param {number} now
 */
function waiting({ waitingFor = [] }, branch, now) {
  const call = waitingFor.find((each) => nameOf(each) === nameOf(branch));
  if (!call) return undefined;
  const next = fromNow(call.nextAt, Math.min(now, Date.parse(call.nextAt)));
  return `no answer to ${call.attempts} ${call.attempts === 1 ? 'call' : 'calls'}, next ${next}`;
}
