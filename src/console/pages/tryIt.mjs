import { useEffect, useState } from 'preact/hooks';
import { post, Refused } from '../api.mjs';
import { asError, useData, useNow, useTitle } from '../hooks.mjs';
import { html } from '../html.mjs';
import { AccountLink, Empty, Failure, Section, Status, TransferLink } from '../parts.mjs';
import { Timeline } from '../timeline.mjs';
import { isFinal, sentence, verbsOf } from '../transfers.mjs';
import { VERBS, VerbDialog } from '../verbs.mjs';

/**
 * @typedef {import('../api.mjs').Transfer} Transfer
 * @typedef {{ title: string, words: string, verb: string, body: object }} Step
 */

const PAYER = 'demo-payer';
const SHOP = 'demo-shop';
const MONEY = 1_000;
const WATCH_MS = 1_000;
const PAYMENT = { origin: PAYER, destination: SHOP };

/** The example transfers, in the easiest order to understand. @type {readonly Step[]} */
const STEPS = [
  {
    title: 'A transfer',
    words: 'Both accounts prepare and vote, the decision is written, both commit. All of it takes some milliseconds.',
    verb: 'Transfer 30',
    body: { ...PAYMENT, amount: 30 },
  },
  {
    title: 'An authorization',
    words:
      'The same, stopped between its two phases: every branch has promised, and waits for your decision. Capture it, or void it.',
    verb: 'Authorize 120',
    body: { ...PAYMENT, amount: 120, capture: 'manual', expiresInMs: 600_000 },
  },
  {
    title: 'A refusal',
    words: 'One account votes to abort, so that neither moves.',
    verb: 'Transfer too much',
    body: { ...PAYMENT, amount: 1_000_000 },
  },
  {
    title: 'A split',
    words: 'Two amounts, to the shop and to the tax office, at one instant or not at all.',
    verb: 'Pay 119 in two parts',
    body: {
      postings: [
        { ...PAYMENT, amount: 100 },
        { origin: PAYER, destination: 'demo-tax', amount: 19 },
      ],
    },
  },
];

/**
 * Shows the protocol, step by step. The page exists only if the service serves every caller, so no money in it is real.
 */
export function TryItPage() {
  useTitle('Try it');
  const [id, watch] = useState(/** @type {string | undefined} */ (undefined));
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  const [busy, setBusy] = useState(false);
  const participants = useData('/admin/participants');
  const names = /** @type {{ items: readonly { name: string }[] } | undefined} */ (participants.data)?.items.map(
    ({ name }) => name,
  );

  const demoState = useData('/console/demo');
  const demo = /** @type {{ name: string, answers: boolean } | undefined} */ (demoState.data);

  /** @param {object} body */
  const ask = async (body) => {
    setBusy(true);
    setError(undefined);
    try {
      await openDemo();
      watch(await begin(body));
    } catch (failed) {
      setError(asError(failed));
    }
    setBusy(false);
  };

  return html`<div class="page-head">
      <div>
        <h1 tabindex="-1">Try it</h1>
        <p class="muted">
          With the accounts <${AccountLink} id=${PAYER} />, <${AccountLink} id=${SHOP} /> and <${AccountLink} id="demo-tax" />,
          which are opened, and given money, with the first step.
        </p>
      </div>
    </div>
    <ol class="steps">
      ${STEPS.map(
        (step) => html`<li class="card step">
          <h2>${step.title}</h2>
          <p>${step.words}</p>
          <button type="button" class="primary" disabled=${busy} onClick=${() => ask(step.body)}>${step.verb}</button>
          <details>
            <summary>As a line for the shell</summary>
            <pre tabindex="0"><code>${curlOf(step.body)}</code></pre>
          </details>
        </li>`,
      )}
      ${demo && html`<${WithDemo} answers=${demo.answers} reload=${demoState.reload} busy=${busy} ask=${ask} />`}
      ${(names ?? []).filter((name) => name !== demo?.name).map((name) => html`<${WithParticipant} key=${name} name=${name} busy=${busy} ask=${ask} />`)}
    </ol>
    <${Failure} error=${error} />
    ${id === undefined ? html`<${Section} title="What happens"><${Empty} title="Begin with a step.">You see here what each branch is asked, and what it answers.<//><//>` : html`<${Watched} key=${id} id=${id} />`}`;
}

/**
 * @param {{ answers: boolean, reload: () => Promise<void>, busy: boolean, ask: (body: object) => Promise<void> }} props
 */
function WithDemo({ answers, reload, busy, ask }) {
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  const turn = async () => {
    setError(undefined);
    try {
      await post(`/console/demo/${answers ? 'off' : 'on'}`);
      await reload();
    } catch (failed) {
      setError(asError(failed));
    }
  };
  /** @param {object} payload */
  const askWith = (payload) =>
    ask({
      ...PAYMENT,
      amount: 5,
      participants: [{ participant: 'demo', branch: `demo-${Date.now()}`, payload }],
      timeoutMs: 120_000,
    });
  return html`<li class="card step">
    <h2>A participant</h2>
    <p>A service elsewhere takes part: this process runs one to try it with, and calls it over HTTP. Switch it off and ask: the transfer
      waits for its vote, and aborts at its deadline, after two minutes. Switch it on again: the transfer commits at the next attempt, or when you resume it.</p>
    <p class="demo-state" role="status">The participant <code>demo</code> ${answers ? 'answers.' : 'is switched off.'}</p>
    <div class="buttons">
      <button type="button" class=${answers ? 'danger' : 'primary'} onClick=${turn}>${answers ? 'Switch it off' : 'Switch it on'}</button>
      <button type="button" class="primary" disabled=${busy} onClick=${() => askWith({})}>Transfer 5 with demo</button>
      <button type="button" disabled=${busy} onClick=${() => askWith({ refuse: true })}>Let it refuse</button>
    </div>
    <${Failure} error=${error} />
  </li>`;
}

/**
 * @param {{ name: string, busy: boolean, ask: (body: object) => Promise<void> }} props
 */
function WithParticipant({ name, busy, ask }) {
  const [wrong, setWrong] = useState('');
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    const text = new FormData(/** @type {HTMLFormElement} */ (event.target)).get('payload');
    try {
      const payload = JSON.parse(typeof text === 'string' ? text : '');
      setWrong('');
      await ask({
        ...PAYMENT,
        amount: 5,
        participants: [{ participant: name, branch: `demo-${Date.now()}`, payload }],
        timeoutMs: 120_000,
      });
    } catch {
      setWrong('This is not JSON.');
    }
  };
  return html`<li class="card step">
    <h2>With ${name}</h2>
    <p>A service elsewhere takes part, and is asked over HTTP. Stop it before you ask, and watch which branch waits for it; start it again.</p>
    <form onSubmit=${submit}>
      <label class="field"><span>What it is to do, as JSON</span><input name="payload" defaultValue=${'{"item":"book","quantity":1}'} autocomplete="off" spellcheck="false" /></label>
      <p role="alert" class="wrong">${wrong}</p>
      <button class="primary" disabled=${busy}>Transfer 5 with ${name}</button>
    </form>
  </li>`;
}

/** @param {{ id: string }} props */
function Watched({ id }) {
  const { data, error, reload } = useData(`/transfers/${id}`, WATCH_MS);
  const transfer = /** @type {Transfer | undefined} */ (data);
  const now = useNow();
  const [verb, choose] = useState(/** @type {import('../verbs.mjs').Verb | undefined} */ (undefined));
  const isThere = transfer !== undefined;
  useEffect(() => {
    // On a phone the result is below all the steps.
    if (isThere) document.getElementById('what-happens')?.closest('section')?.scrollIntoView({ block: 'nearest' });
  }, [isThere]);
  if (!transfer) return html`<${Failure} error=${error} />`;
  const aside = html`<${TransferLink} id=${id} /><${Status} status=${transfer.status} />`;
  return html`<${Section} title="What happens" aside=${aside}>
    <div class="watched">
      <p class=${`sentence sentence-${transfer.status}`}>${sentence(transfer, now)}</p>
      <p class="visually-hidden" role="status">Status: ${transfer.status}</p>
      <div class="buttons">
        ${
          !isFinal(transfer) &&
          verbsOf(transfer).map(
            (each) =>
              html`<button type="button" class=${each === 'capture' ? 'primary' : ''} onClick=${() => choose(each)}>${VERBS[each]}…</button>`,
          )
        }
      </div>
    </div>
    <${Timeline} transfer=${transfer} />
    ${verb && html`<${VerbDialog} verb=${verb} transfer=${transfer} done=${reload} close=${() => choose(undefined)} />`}
  <//>`;
}

/** @param {object} body */
function curlOf(body) {
  return `curl -X POST -H 'Content-Type: application/json' \\\n  -d '${JSON.stringify(body)}' \\\n  ${location.origin}/transfers`;
}

/** Opens the missing accounts, and deposits into the purse when it is nearly empty. */
async function openDemo() {
  for (const id of [PAYER, SHOP, 'demo-tax']) await openOnce(id);
  const { available } = await post(`/account/${PAYER}/deposit/1`);
  if (available < MONEY / 2) await post(`/account/${PAYER}/deposit/${MONEY - available}`);
}

/** @param {string} id */
async function openOnce(id) {
  try {
    await post(`/account/${id}`);
  } catch (error) {
    if (!(error instanceof Refused) || error.code !== 'account-already-exists') throw error;
  }
}

/**
 * Requests a transfer without waiting for its end. A refused transfer has an id too.
 * @param {object} body
 * @returns {Promise<string>} its id
 */
async function begin(body) {
  try {
    const { id } = await post('/transfers', body, { Prefer: 'respond-async' });
    return id;
  } catch (error) {
    if (error instanceof Refused && error.transferId !== undefined) return error.transferId;
    throw error;
  }
}
