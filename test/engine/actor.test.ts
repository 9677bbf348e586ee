import { Actor, type Behaviour, type Reply } from '../../src/engine/actor';
import { OverloadedError } from '../../src/engine/faults';
import { Gate, settled, watch } from '../support/memoryGate';

class Echo implements Behaviour<string, string> {
  constructor(
    private readonly seen: string[],
    private readonly slow: Gate,
  ) {}

  receive(message: string, reply: Reply<string>): void | Promise<void> {
    this.seen.push(message);
    if (message === 'throw') throw new Error('thrown');
    if (message === 'answer and throw') {
      reply.resolve('answered');
      throw new Error('thrown');
    }
    if (message === 'slow') return this.slow.pass().then(() => reply.resolve(message));
    if (message === 'later') {
      void this.slow.pass().then(() => reply.resolve(message));
      return undefined;
    }
    reply.resolve(message);
    return undefined;
  }
}

const setUp = (mailboxMax = 100) => {
  const seen: string[] = [];
  const slow = new Gate();
  const restarts: unknown[] = [];
  let starts = 0;
  const actor = new Actor<string, string>({
    start: () => {
      starts += 1;
      return new Echo(seen, slow);
    },
    mailboxMax,
    onRestart: (error) => restarts.push(error),
  });
  return { actor, seen, slow, restarts, starts: () => starts };
};

describe('an actor', () => {
  test('handles its mailbox strictly in order, one message at a time', async () => {
    const { actor, seen, slow } = setUp();
    const asks = ['1', 'slow', '2', '3'].map((message) => actor.ask(message));
    await settled();
    await settled();
    expect(seen).toEqual(['1', 'slow']);
    slow.open();
    await expect(Promise.all(asks)).resolves.toEqual(['1', 'slow', '2', '3']);
    expect(seen).toEqual(['1', 'slow', '2', '3']);
  });

  test('goes on with the next message while an answer is only late', async () => {
    const { actor, slow } = setUp();
    const later = watch(actor.ask('later'));
    await expect(actor.ask('2')).resolves.toBe('2');
    expect(later.state()).toBe('pending');
    slow.open();
    await settled();
    expect(later.state()).toBe('resolved');
  });

  test('starts once, on the first message', async () => {
    const { actor, starts } = setUp();
    expect(starts()).toBe(0);
    await Promise.all([actor.ask('1'), actor.ask('2')]);
    expect(starts()).toBe(1);
  });

  test('refuses a message when its mailbox is full, and takes one again when there is room', async () => {
    const { actor, seen, slow } = setUp(3);
    const asks = ['slow', '2', '3'].map((message) => actor.ask(message));
    await expect(actor.ask('4')).rejects.toBeInstanceOf(OverloadedError);
    expect(actor.load).toBe(3);
    slow.open();
    await Promise.all(asks);
    expect(actor.load).toBe(0);
    await expect(actor.ask('5')).resolves.toBe('5');
    expect(seen).toEqual(['slow', '2', '3', '5']);
  });

  test('counts answers that are late as load', async () => {
    const { actor, slow } = setUp(2);
    const asks = [actor.ask('later'), actor.ask('later')];
    await settled();
    await settled();
    await expect(actor.ask('3')).rejects.toBeInstanceOf(OverloadedError);
    slow.open();
    await Promise.all(asks);
    expect(actor.load).toBe(0);
  });
});

describe('the supervision of an actor', () => {
  test('restarts it after a throw: the mailbox is kept, another takes over', async () => {
    const { actor, seen, restarts, starts } = setUp();
    const first = actor.ask('1');
    const thrown = expect(actor.ask('throw')).rejects.toThrow('thrown');
    const rest = [actor.ask('2'), actor.ask('3')];
    await thrown;
    await expect(Promise.all([first, ...rest])).resolves.toEqual(['1', '2', '3']);
    expect(seen).toEqual(['1', 'throw', '2', '3']);
    expect(starts()).toBe(2);
    expect(restarts).toEqual([new Error('thrown')]);
  });

  test('answers every message once, one that was answered before the throw too', async () => {
    const { actor, restarts } = setUp();
    await expect(actor.ask('answer and throw')).resolves.toBe('answered');
    await settled();
    expect(actor.load).toBe(0);
    expect(restarts).toHaveLength(1);
  });
});
