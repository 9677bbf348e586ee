import type { ParticipantCall } from '../../engine/participants';
import type { CutWhen } from './cut';
import { AT_ONCE, inLanes, isDone, type Probe } from './probe';
import type { Rule } from './rule';
import { Story } from './story';

/** Calls that arrive at the same time, and connections that are cut. */
export const raceRules: readonly Rule[] = [
  {
    name: 'at-once',
    says: `each call ${AT_ONCE} times at once: 200 to all of them`,
    check: async (probe) => {
      const taken = new Story(probe);
      await atOnce(probe, taken, 'prepare');
      await atOnce(probe, taken, 'commit');
      const dropped = await new Story(probe).done('prepare');
      await atOnce(probe, dropped, 'abort');
      await dropped.refused('commit');
      const unknown = new Story(probe);
      await atOnce(probe, unknown, 'abort');
      return unknown.refused('prepare');
    },
  },
  {
    name: 'prepare-abort-race',
    says: 'prepare and abort at once: the abort is answered 200 and lasts',
    check: (probe) =>
      inLanes(
        Array.from({ length: probe.subject.races }, (_, index) => index),
        (index) => race(probe, index),
      ),
  },
  {
    name: 'connection-cut',
    says: 'a call whose connection is cut, before or after the work, can be made again',
    check: async (probe) => {
      // There are many calls, because only some of them meet the participant at work.
      const moments: readonly CutWhen[] = [0, 1, 2, 5, 10, 'answer'];
      await inLanes(Array.from({ length: 5 }, () => moments).flat(), (when) => cutAt(probe, when));
    },
  },
];

async function atOnce(probe: Probe, story: Story, call: ParticipantCall): Promise<void> {
  const seen = await Promise.all(Array.from({ length: AT_ONCE }, () => probe.ask(story.branch, call)));
  story.told(`${AT_ONCE} times ${call} at once`);
  for (const one of seen) if (!isDone(one)) story.expected('one was', one, isDone, '200 or 204');
}

/** In every other race the abort is sent first. */
async function race(probe: Probe, index: number): Promise<void> {
  const story = new Story(probe);
  const calls: readonly ParticipantCall[] = index % 2 === 0 ? ['prepare', 'abort'] : ['abort', 'prepare'];
  const seen = await Promise.all(calls.map(async (call) => ({ call, answer: await probe.ask(story.branch, call) })));
  story.told('at once');
  for (const { call, answer } of seen) {
    if (call === 'abort') story.expected(call, answer, isDone, '200 or 204');
    else story.expected(call, answer, (one) => isDone(one) || one.status === 409, '200, 204 or 409');
  }
  await (await story.refused('prepare')).refused('commit');
}

async function cutAt(probe: Probe, when: CutWhen): Promise<void> {
  const words = when === 'answer' ? 'cut when its answer began' : `cut after ${when} ms`;
  const story = new Story(probe);
  await probe.cut(story.branch, 'prepare', when);
  await story.told(`prepare ${words}`).done('prepare');
  await probe.cut(story.branch, 'commit', when);
  await (await story.told(`commit ${words}`).done('commit')).refused('abort');
  const dropped = await new Story(probe).done('prepare');
  await probe.cut(dropped.branch, 'abort', when);
  await (await dropped.told(`abort ${words}`).done('abort')).refused('prepare');
}
