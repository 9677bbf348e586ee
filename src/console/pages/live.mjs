import { useCallback, useState } from 'preact/hooks';
import { get, readiness } from '../api.mjs';
import { Chart } from '../chart.mjs';
import { duration, money } from '../format.mjs';
import { asError, useData, useLooks, useTitle } from '../hooks.mjs';
import { html } from '../html.mjs';
import { Empty, Failure, Relative, Section, Table, TransferLink } from '../parts.mjs';
import { quantile, readMetrics, total } from '../prometheus.mjs';
import { useStore } from '../store.mjs';

/**
 * @typedef {import('../prometheus.mjs').Samples} Samples
 * @typedef {{ at: number, samples: Samples }} Look
 * @typedef {{ name: string, url: string | null, reachable: boolean | null, breaker: string | null, inFlight: number, queued: number,
 *   lastError: { why: string, at: string } | null, waiting: number,
 *   oldest: { transfer: string, call: string, attempts: number, error: string, nextAt: string } | null }} Participant
 */

const EVERY_MS = 2_000;
/** The time range of the chart. */
const SPAN_SECONDS = 300;
const KEPT = (SPAN_SECONDS * 1_000) / EVERY_MS;
/** The time range of the tiles that show a rate. */
const RECENT_SECONDS = 10;
const UNFINISHED = ['preparing', 'committing', 'aborting'];

/** The metrics read so far, kept while the reader visits other pages. @type {Look[]} */
const looks = [];

export function LivePage() {
  useTitle('Live');
  const { error } = useMetrics();
  const checks = useStore(readiness);
  const participants = useData('/admin/participants', EVERY_MS);
  const items = /** @type {{ items: readonly Participant[] } | undefined} */ (participants.data)?.items;
  const last = looks.at(-1);
  return html`<div class="page-head">
      <div>
        <h1 tabindex="-1">Live</h1>
        <p class="muted">As the process that answers sees it; the ages are those of the database, and so of all processes.</p>
      </div>
    </div>
    <${Failure} error=${error} />
    ${last && html`<${Tiles} last=${last} />`}
    <${Throughput} />
    <div class="columns">
      ${last && html`<${Health} checks=${checks} samples=${last.samples} />`}
      ${last && html`<${Refusals} last=${last} />`}
    </div>
    <${Participants} items=${items} error=${participants.error} />`;
}

/** Reads the metrics repeatedly while the page is open. */
function useMetrics() {
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  const [, draw] = useState(0);
  useLooks(
    useCallback(async () => {
      try {
        looks.push({ at: Date.now(), samples: readMetrics(await get(`/metrics?maxAgeMs=${EVERY_MS / 2}`)) });
        if (looks.length > KEPT) looks.shift();
        setError(undefined);
      } catch (failed) {
        setError(asError(failed));
      }
      draw((n) => n + 1);
      return EVERY_MS;
    }, []),
  );
  return { error };
}

/**
 * How much a counter grew per second between two readings. A restarted process counts from zero.
 * @param {Look | undefined} before
 * @param {Look} after
 * @param {Readonly<Record<string, string>>} labels
 */
function rate(before, after, labels) {
  if (!before) return null;
  const name = 'tandem_transfers_total';
  const grown = total(after.samples, name, labels) - total(before.samples, name, labels);
  return grown < 0 ? null : (grown * 1_000) / (after.at - before.at);
}

/** @param {{ last: Look }} props */
function Tiles({ last }) {
  const { samples } = last;
  const before = looks.findLast(({ at }) => at <= last.at - RECENT_SECONDS * 1_000 + EVERY_MS / 2) ?? looks[0];
  const perSecond = before && before !== last ? rate(before, last, { outcome: 'committed' }) : null;
  const refused = before && before !== last ? rate(before, last, { outcome: 'aborted' }) : null;
  const oldest = Math.max(
    ...UNFINISHED.map((status) => total(samples, 'tandem_transfers_pending_oldest_seconds', { status })),
  );
  const unfinished = UNFINISHED.reduce(
    (sum, status) => sum + total(samples, 'tandem_transfers_pending', { status }),
    0,
  );
  const authorized = total(samples, 'tandem_transfers_pending', { status: 'authorized' });
  const failed = total(samples, 'tandem_transfers_failed');
  const lag = quantile(samples, 'tandem_authorization_release_lag_seconds', 0.99);
  return html`<dl class="tiles">
    <${Tile} name="Committed a second" value=${perSecond === null ? '–' : words(perSecond)} note=${`last ${RECENT_SECONDS} s`} />
    <${Tile} name="Aborted a second" value=${refused === null ? '–' : words(refused)} note=${`last ${RECENT_SECONDS} s`} />
    <${Tile} name="Unfinished" value=${money(unfinished)} note=${unfinished === 0 ? 'none waits' : `the oldest for ${duration(oldest * 1_000)}`} tone=${oldest > 30 ? 'bad' : ''} />
    <${Tile} name="Failed" value=${money(failed)} note=${failed === 0 ? 'none' : html`<a href="#/stuck">wait for an operator</a>`} tone=${failed > 0 ? 'bad' : ''} />
    <${Tile} name="Authorized" value=${money(authorized)} note="wait for their capture" />
    <${Tile} name="Release lag of holds" value=${lag === undefined ? '–' : lag === Infinity ? '> 12 h' : `≤ ${duration(lag * 1_000)}`} note=${lag === undefined ? 'none expired here' : '99 of 100 expired holds'} />
  </dl>`;
}

/** @param {number} perSecond */
function words(perSecond) {
  return perSecond >= 10 || perSecond === 0 ? money(Math.round(perSecond)) : perSecond.toFixed(1);
}

/** @param {{ name: string, value: string, note: import('preact').ComponentChildren, tone?: string }} props */
function Tile({ name, value, note, tone = '' }) {
  return html`<div class=${`tile ${tone && `tile-${tone}`}`}><dt>${name}</dt><dd><span class="tile-value">${value}</span><span class="tile-note">${note}</span></dd></div>`;
}

function Throughput() {
  const some = looks.slice(1);
  const series = /** @type {const} */ ([
    ['Committed', '--good', 'committed'],
    ['Aborted', '--bad', 'aborted'],
  ]).map(([label, colour, outcome]) => ({
    label,
    colour,
    values: some.map((look, index) => rate(looks[index], look, { outcome })),
  }));
  const newest = series
    .map(({ label, values }) => `${label.toLowerCase()} ${(values.at(-1) ?? 0).toFixed(1)}`)
    .join(', ');
  return html`<${Section} title="Transfers a second" aside="last five minutes, while this page was open">
    ${some.length < 2 ? html`<div class="chart chart-empty muted">Looking…</div>` : html`<${Chart} times=${some.map(({ at }) => at / 1_000)} series=${series} spanSeconds=${SPAN_SECONDS} summary=${`Transfers a second now: ${newest}.`} />`}
  <//>`;
}

/** @param {{ last: Look }} props */
function Refusals({ last }) {
  const reasons = (last.samples.get('tandem_transfers_total') ?? [])
    .filter(({ labels }) => labels['outcome'] === 'aborted')
    .toSorted((a, b) => b.value - a.value);
  const most = reasons[0]?.value ?? 1;
  return html`<${Section} title="Refusals by reason" aside="since the process started">
    ${
      reasons.length === 0
        ? html`<${Empty} title="No transfer was aborted." />`
        : html`<ul class="bars">
          ${reasons.map(
            ({ labels, value }) => html`<li>
              <span class="bars-name">${labels['reason']}</span>
              <meter min="0" max=${most} value=${value} aria-hidden="true"></meter>
              <span class="number">${money(value)}</span>
            </li>`,
          )}
        </ul>`
    }
  <//>`;
}

const NAMES = /** @type {Readonly<Record<string, string>>} */ ({
  database: 'PostgreSQL',
  queue: 'Job queue',
  sweep: 'Sweep',
  accepting: 'Takes requests',
  jobs: 'Runner of jobs',
});

/** @param {{ checks: Readonly<Record<string, { ok: boolean, detail?: string }>> | undefined, samples: Samples }} props */
function Health({ checks = {}, samples }) {
  const runs = total(samples, 'tandem_runs_jobs') === 1;
  const waiting =
    total(samples, 'tandem_queue_jobs', { state: 'waiting' }) +
    total(samples, 'tandem_queue_jobs', { state: 'prioritized' });
  return html`<${Section} title="Health">
    <ul class="health">
      ${Object.entries(checks).map(([name, { ok, detail }]) => html`<${Check} key=${name} ok=${ok} name=${NAMES[name] ?? name} detail=${detail ?? (ok ? 'answers' : 'does not answer')} />`)}
      <${Check} ok=${true} name="Jobs" detail=${`${runs ? 'run by this process' : 'run by another process'}, ${money(waiting)} waiting`} />
    </ul>
  <//>`;
}

/** @param {{ ok: boolean | null, name: string, detail: import('preact').ComponentChildren }} props */
function Check({ ok, name, detail }) {
  return html`<li class=${`check ${ok === null ? 'check-idle' : ok ? 'check-ok' : 'check-bad'}`}>
    <span class="check-name">${name}</span>
    <span class="check-word">${ok === null ? 'not asked yet' : ok ? 'ok' : 'away'}</span>
    <span class="muted check-detail">${detail}</span>
  </li>`;
}

/** @param {{ items: readonly Participant[] | undefined, error: Error | undefined }} props */
function Participants({ items, error }) {
  return html`<${Section} title="Participants">
    <${Failure} error=${error} />
    ${items?.length === 0 && html`<${Empty} title="No other service takes part.">PARTICIPANTS_FILE names those that may.<//>`}
    ${
      items &&
      items.length > 0 &&
      html`<${Table} label="Participants" head=${['Participant', 'State', { text: 'In flight', number: true }, { text: 'Queued', number: true }, { text: 'Waiting', number: true }, 'Longest waiting', 'Asked again', 'Last error']}>
        ${items.map(
          ({ name, url, reachable, breaker, inFlight, queued, waiting, oldest, lastError }) => html`<tr key=${name}>
            <td><strong>${name}</strong><br /><small class="muted">${url ?? 'not in PARTICIPANTS_FILE'}</small></td>
            <td><${ParticipantState} reachable=${reachable} breaker=${breaker} waiting=${waiting} /></td>
            <td class="number">${inFlight}</td>
            <td class="number">${queued}</td>
            <td class="number">${money(waiting)}</td>
            <td>${oldest && html`<${TransferLink} id=${oldest.transfer} />`}</td>
            <td>${oldest && html`<${Relative} at=${oldest.nextAt} />`}</td>
            <td class="wrap">${lastError && html`${lastError.why} <span class="muted">(<${Relative} at=${lastError.at} />)</span>`}</td>
          </tr>`,
        )}
      <//>`
    }
  <//>`;
}

/** @param {{ reachable: boolean | null, breaker: string | null, waiting: number }} props */
function ParticipantState({ reachable, breaker, waiting }) {
  if (reachable === null) return html`<span class="status">not asked yet</span>`;
  if (!reachable) return html`<span class="status status-failed">away</span>`;
  if (breaker !== 'closed') return html`<span class="status status-preparing">failing</span>`;
  if (waiting > 0) return html`<span class="status status-preparing">calls wait</span>`;
  return html`<span class="status status-committed">answers</span>`;
}
