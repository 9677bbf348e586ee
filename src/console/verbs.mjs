import { post } from './api.mjs';
import { Confirm } from './confirm.mjs';
import { money } from './format.mjs';
import { html } from './html.mjs';
import { nameOf, partiesOf, postingsOf, settleable } from './transfers.mjs';

/**
 * @typedef {import('./api.mjs').Transfer} Transfer
 * @typedef {'abort' | 'capture' | 'void' | 'resume' | 'settle'} Verb
 */

/** The button label of each verb. */
export const VERBS = /** @type {Readonly<Record<Verb, string>>} */ ({
  abort: 'Abort',
  capture: 'Capture',
  void: 'Void',
  resume: 'Resume',
  settle: 'Settle',
});

/**
 * Asks for confirmation before an action on a transfer.
 * @param {{ verb: Verb, transfer: Transfer, done: () => Promise<void>, close: () => void }} props
 */
export function VerbDialog({ verb, transfer, done, close }) {
  const { title, words, danger, fields, send } = QUESTIONS[verb](transfer);
  /** @param {Record<string, string>} values */
  const act = async (values) => {
    await send(values);
    await done();
  };
  return html`<${Confirm} title=${title} verb=${VERBS[verb]} danger=${danger} fields=${fields} act=${act} close=${close}>
    <p><strong>${partiesOf(transfer)}, ${money(transfer.amount)}</strong></p>
    <p>${words}</p>
  <//>`;
}

const REASON = { name: 'reason', label: 'Reason', hint: 'Optional; it stays with the transfer.' };

/**
 * @typedef {{ title: string, words: string, danger: boolean, fields: readonly import('./confirm.mjs').Field[],
 *   send: (values: Record<string, string>) => Promise<unknown> }} Asked
 * @type {Readonly<Record<Verb, (transfer: Transfer) => Asked>>}
 */
const QUESTIONS = {
  abort: ({ id }) => ({
    title: 'Abort this transfer?',
    words: 'What its branches have promised is released, and no money moves. If it is decided before, nothing changes.',
    danger: true,
    fields: [REASON],
    send: ({ reason }) => post(`/transfers/${id}/abort`, reason ? { reason } : {}),
  }),
  void: ({ id }) => ({
    title: 'Void this authorization?',
    words: 'What it holds is released, and no money moves.',
    danger: true,
    fields: [REASON],
    send: ({ reason }) => post(`/transfers/${id}/void`, reason ? { reason } : {}),
  }),
  capture: (transfer) => {
    // A participant commits its whole part.
    const isDivisible =
      postingsOf(transfer).length === 1 && !transfer.branches.some((branch) => 'participant' in branch);
    return {
      title: 'Capture this authorization?',
      words: isDivisible
        ? 'So much of it moves now, and the rest is released.'
        : 'All of it moves now, each posting with its whole amount.',
      danger: false,
      fields: isDivisible
        ? [
            {
              name: 'amount',
              label: 'Amount',
              type: 'number',
              max: transfer.amount,
              value: String(transfer.amount),
              hint: `Minor units, 1 to ${money(transfer.amount)}.`,
            },
          ]
        : [],
      send: ({ amount }) => post(`/transfers/${transfer.id}/capture`, amount ? { amount: Number(amount) } : {}),
    };
  },
  resume: ({ id, status }) => ({
    title: 'Resume this transfer?',
    words:
      status === 'failed'
        ? 'It goes on from where it stopped. If the cause is still there, it stops again.'
        : 'The service goes on with it now, and does not wait for the next attempt. Resuming it does no harm.',
    danger: false,
    fields: [],
    send: () => post(`/admin/transfers/${id}/resume`),
  }),
  settle: (transfer) => {
    const branches = settleable(transfer);
    return {
      title: 'Settle a branch by hand?',
      words:
        'For a participant that will never answer again. Find out on its side what it did, and say so here: the branch then counts as ended and is not asked any more. The decision of the transfer stands, and this cannot be taken back.',
      danger: true,
      fields: [
        { name: 'branch', label: 'Branch', options: branches.map((branch) => [nameOf(branch), nameOf(branch)]) },
        {
          name: 'as',
          label: 'What the participant did with its part',
          options: [
            ['', 'Choose'],
            ['committed', 'It committed'],
            ['aborted', 'It aborted'],
          ],
        },
        {
          name: 'note',
          label: 'Note',
          required: true,
          max: 500,
          hint: 'How you know, and why it has to be settled by hand. It stays in the history, with your name.',
        },
      ],
      send: ({ branch, as, note }) => {
        const chosen = branches.find((each) => nameOf(each) === branch);
        const path = [chosen?.participant, chosen?.branch].map((part) => encodeURIComponent(part ?? '')).join('/');
        return post(`/admin/transfers/${transfer.id}/branches/${path}/settle`, { as, note });
      },
    };
  },
};
