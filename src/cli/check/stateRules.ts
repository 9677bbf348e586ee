import { isProblem } from '../../adapters/participants/answers';
import type { Probe } from './probe';
import type { Rule } from './rule';
import { BrokenRule, Story } from './story';

/** The table of states: each call in each state, one after the other. */
export const stateRules: readonly Rule[] = [
  {
    name: 'prepare-repeated',
    says: 'prepare of a prepared branch: 200',
    check: async (probe) => (await new Story(probe).done('prepare')).done('prepare'),
  },
  {
    name: 'commit-repeated',
    says: 'commit of a committed branch: 200',
    check: async (probe) => (await committed(probe)).done('commit'),
  },
  {
    name: 'abort-repeated',
    says: 'abort of an aborted branch: 200',
    check: async (probe) => (await (await new Story(probe).done('prepare')).done('abort')).done('abort'),
  },
  {
    name: 'prepare-after-commit',
    says: 'prepare of a committed branch: 200, and it stays committed',
    check: async (probe) => (await (await committed(probe)).done('prepare')).done('commit'),
  },
  {
    name: 'prepare-after-abort',
    says: 'prepare of a branch that was prepared and aborted: 409',
    check: async (probe) => (await (await new Story(probe).done('prepare')).done('abort')).refused('prepare'),
  },
  {
    name: 'abort-before-prepare',
    says: 'abort of an unknown branch: 200 as often as it comes, and a prepare after it: 409',
    check: async (probe) => {
      const story = await new Story(probe).done('abort');
      await story.refused('prepare');
      await story.done('abort');
      return story.refused('prepare');
    },
  },
  {
    name: 'commit-without-prepare',
    says: 'commit of an unknown branch: 404, and it can still be prepared',
    check: async (probe) => (await (await new Story(probe).missing('commit')).done('prepare')).done('abort'),
  },
  {
    name: 'commit-after-abort',
    says: 'commit of an aborted branch: 409, and it stays aborted',
    check: async (probe) => {
      const released = await (await new Story(probe).done('prepare')).done('abort');
      await (await released.refused('commit')).done('abort');
      return (await new Story(probe).done('abort')).refused('commit');
    },
  },
  {
    name: 'abort-after-commit',
    says: 'abort of a committed branch: 409, and it stays committed',
    check: async (probe) => (await (await committed(probe)).refused('abort')).done('commit'),
  },
  {
    name: 'branches-apart',
    says: 'a branch is named by transaction and branch together',
    check: async (probe) => {
      const one = await new Story(probe).done('prepare');
      const sibling = new Story(probe, { ...one.branch, branch: probe.newBranch().branch });
      const namesake = new Story(probe, { ...one.branch, transaction: probe.newBranch().transaction });
      await (await sibling.told('another branch of a prepared transaction').missing('commit')).done('abort');
      await (await namesake.told('a prepared branch in another transaction').missing('commit')).done('abort');
      return one.told('prepared before the others').done('commit');
    },
  },
  {
    name: 'refusal',
    says: 'prepare of what cannot be: 409 as often as it comes, never committed, and an abort ends it',
    skippedBecause: ({ subject }) =>
      subject.refusedPayload === undefined ? 'say with --refused-payload what the participant refuses' : undefined,
    check: async (probe) => {
      const story = await new Story(probe).refused('prepare', probe.subject.refusedPayload);
      await story.refused('prepare', probe.subject.refusedPayload);
      const seen = await probe.ask(story.branch, 'commit');
      story.expected('commit', seen, ({ status }) => status === 404 || status === 409, '404 or 409');
      return (await story.done('abort')).refused('prepare');
    },
  },
];

/** Checks every refusal that the other rules met. So it runs last. */
export const refusalsReadable: Rule = {
  name: 'refusals-readable',
  says: 'a 409 is application/problem+json with a code: a proxy’s would be no vote',
  skippedBecause: ({ refusals }) => (refusals.length === 0 ? 'no call was answered 409' : undefined),
  check: async ({ refusals }) => {
    for (const { contentType, body } of refusals) {
      if (!isProblem(contentType)) throw new BrokenRule(`a 409 came as ${contentType || 'no media type'}`);
      if (!hasCode(body)) throw new BrokenRule('a 409 came without a code, or not as a JSON object');
    }
  },
};

async function committed(probe: Probe): Promise<Story> {
  return (await new Story(probe).done('prepare')).done('commit');
}

function hasCode(body: Buffer): boolean {
  try {
    const { code } = JSON.parse(body.toString()) as { code?: unknown };
    return typeof code === 'string' && code !== '';
  } catch {
    return false;
  }
}
