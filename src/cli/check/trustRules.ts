import type { ParticipantCall } from '../../engine/participants';
import type { Message } from './message';
import type { Probe, Seen } from './probe';
import type { Rule } from './rule';
import { Story } from './story';

/** Standard Webhooks recommends a tolerance of five minutes. A stricter or slightly wider one does no harm. */
const STALE_MS = 15 * 60_000;

/** Turns a valid message into one that the participant must not obey. */
type Forge = (message: Message, probe: Probe) => Message;

/** Who may call, and what a call must prove. */
export const trustRules: readonly Rule[] = [
  {
    name: 'signature',
    says: 'a call without a good signature over id.timestamp.body: 4xx, no 409, and nothing happens',
    check: async (probe) => {
      const forgeries: Readonly<Record<string, Forge>> = {
        unsigned: (message) => ({ ...message, headers: {} }),
        'signed with another secret': (message) => ({
          ...message,
          headers: { ...probe.strangers.sign(message.body, probe.nowMs()) },
        }),
        'with another body than was signed': (message) => ({
          ...message,
          body: message.body.replace('"attempt":1', '"attempt":2'),
        }),
        'with another id than was signed': (message) => ({
          ...message,
          headers: { ...message.headers, 'webhook-id': 'another' },
        }),
        'with another time than was signed': (message, { nowMs }) => ({
          ...message,
          headers: { ...message.headers, 'webhook-timestamp': String(Math.floor(nowMs() / 1000) - 2) },
        }),
      };
      for (const [words, forge] of Object.entries(forgeries)) await isIgnored(probe, words, forge);
    },
  },
  {
    name: 'signature-rotation',
    says: 'of several signatures one good one is enough',
    check: async (probe) => {
      for (const isFirst of [true, false]) {
        const story = new Story(probe);
        const message = probe.messageOf(story.branch, 'prepare');
        const { 'webhook-id': id = '', 'webhook-signature': good = '' } = message.headers;
        const { 'webhook-signature': stranger } = probe.strangers.sign(message.body, probe.nowMs(), id);
        const signatures = isFirst ? `${good} ${stranger}` : `${stranger} ${good}`;
        const seen = await probe.send({ ...message, headers: { ...message.headers, 'webhook-signature': signatures } });
        const step = `prepare with a good signature ${isFirst ? 'before' : 'after'} an unknown one`;
        await story.expected(step, seen, ({ status }) => status !== 'none' && status < 300, '200 or 204').done('abort');
      }
    },
  },
  {
    name: 'timestamp',
    says: 'a call signed fifteen minutes ago or ahead: 4xx, no 409, and nothing happens',
    check: async (probe) => {
      const { signer, nowMs } = probe;
      const signedAt = (message: Message, atMs: number): Message => ({
        ...message,
        headers: { ...signer.sign(message.body, atMs) },
      });
      await isIgnored(probe, 'signed fifteen minutes ago', (message) => signedAt(message, nowMs() - STALE_MS));
      await isIgnored(probe, 'signed fifteen minutes ahead', (message) => signedAt(message, nowMs() + STALE_MS));
    },
  },
  {
    name: 'body-matches-path',
    says: 'a body whose call, transaction or branch is not its path’s: 4xx, no 409, and neither happens',
    check: async (probe) => {
      for (const key of ['transaction', 'branch'] as const) await contradictsItsName(probe, key);
      // A participant that trusts the path has committed the branch; one that trusts the body has aborted it. The
      // opposite decision reveals either.
      for (const then of ['abort', 'commit'] as const) {
        const story = await new Story(probe).done('prepare');
        const seen = await probe.send(probe.messageOf(story.branch, 'commit', probe.bodyOf(story.branch, 'abort')));
        await story.expected('commit whose body says abort', seen, isRejected, '4xx, no 409').done(then);
      }
    },
  },
];

/** The participant must not obey any of the three calls when it is forged. The branch goes on as if the call had not arrived. */
async function isIgnored(probe: Probe, words: string, forge: Forge): Promise<void> {
  const send = async (story: Story, call: ParticipantCall): Promise<Story> => {
    const seen = await probe.send(forge(probe.messageOf(story.branch, call), probe));
    return story.expected(`${call} ${words}`, seen, isRejected, '4xx, no 409');
  };
  const story = await (await send(new Story(probe), 'prepare')).missing('commit');
  // An abort that the participant obeyed would have left a tombstone.
  await (await send(story, 'abort')).done('prepare');
  await (await send(story, 'commit')).done('abort');
}

/** The path names one branch and the body another. Neither may be prepared. */
async function contradictsItsName(probe: Probe, key: 'transaction' | 'branch'): Promise<void> {
  const inPath = probe.newBranch();
  const inBody = { ...inPath, [key]: probe.newBranch()[key] };
  const seen = await probe.send(probe.messageOf(inPath, 'prepare', probe.bodyOf(inBody, 'prepare')));
  const step = `prepare whose body names another ${key}`;
  await new Story(probe, inPath).expected(step, seen, isRejected, '4xx, no 409').missing('commit');
  await new Story(probe, inBody).told(`${step}, then the other`).missing('commit');
}

/** A 404 counts too: a participant may prefer not to reveal that it exists. */
function isRejected({ status }: Seen): boolean {
  return status !== 'none' && status >= 400 && status < 500 && status !== 409;
}
