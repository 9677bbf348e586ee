import type { LookupAddress } from 'node:dns';
import { NameLookUps, socketLookup } from '../../src/adapters/calls/nameLookUps';
import { eventually } from '../kit/wait';

const FOUND: readonly LookupAddress[] = [
  { address: '192.0.2.1', family: 4 },
  { address: '2001:db8::1', family: 6 },
];

/** Look-ups that end when the test says so. */
function harness(slowMs: number) {
  const running = new Map<string, (found: readonly LookupAddress[]) => void>();
  const begun: string[] = [];
  const look = (name: string) =>
    new Promise<readonly LookupAddress[]>((resolve) => {
      begun.push(name);
      running.set(name, resolve);
    });
  const names = new NameLookUps(look, { atOnce: 2, slowMs });
  const end = (name: string) => running.get(name)?.(FOUND);
  const untilBegun = (name: string) =>
    eventually(`${name} is looked up`, () => (begun.includes(name) ? true : undefined), { deadlineMs: 60_000 });
  return { names, begun, end, untilBegun };
}

describe('names of services elsewhere', () => {
  it('are looked up two at a time, each once for all who ask', async () => {
    const { names, begun, end, untilBegun } = harness(60_000);
    const asked = ['a', 'b', 'c', 'c', 'a'].map((name) => names.addressesOf(name));
    await untilBegun('b');
    expect(begun).toEqual(['a', 'b']);
    end('b');
    await untilBegun('c');
    for (const name of ['a', 'c']) end(name);
    expect(await Promise.all(asked)).toEqual([FOUND, FOUND, FOUND, FOUND, FOUND]);
    expect(begun).toEqual(['a', 'b', 'c']);
  });

  it('that are slow leave a place to the others', async () => {
    const { names, begun, end, untilBegun } = harness(1);
    const first = ['slow', 'slow-too'].map((name) => names.addressesOf(name));
    await untilBegun('slow-too');
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (const name of ['slow', 'slow-too']) end(name);
    await Promise.all(first);
    const again = ['slow', 'slow-too', 'other'].map((name) => names.addressesOf(name));
    await untilBegun('other');
    expect(begun).toEqual(['slow', 'slow-too', 'slow', 'other']);
    for (const name of ['other', 'slow']) end(name);
    await eventually('the other slow one is next', () => (begun.length === 5 ? true : undefined), {
      deadlineMs: 60_000,
    });
    end('slow-too');
    expect(await Promise.all(again)).toHaveLength(3);
  });

  it('that are not known are looked up again when they are asked for again', async () => {
    let asked = 0;
    const names = new NameLookUps(() => {
      asked += 1;
      return Promise.reject(new Error('not known'));
    });
    for (let n = 0; n < 3; n += 1) await expect(names.addressesOf('a')).rejects.toThrow('not known');
    expect(asked).toBe(3);
  });

  it('are given to sockets, all of their addresses or one', async () => {
    const ask = (all: boolean) =>
      new Promise((resolve) => {
        socketLookup(() => Promise.resolve(FOUND))('a', { all }, (...told) => resolve(told));
      });
    expect(await ask(true)).toEqual([null, FOUND]);
    expect(await ask(false)).toEqual([null, '192.0.2.1', 4]);
  });
});
