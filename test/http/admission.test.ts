import { Admission } from '../../src/http/requests/admission';

const MAX = 300;

/** An admission that is full, at a time that the test sets. */
function full(random = 0, max = MAX) {
  let nowMs = 0;
  const admission = new Admission(
    max,
    () => nowMs,
    () => random,
  );
  for (let n = 0; n < max; n += 1) expect(admission.enter()).toBe(true);
  const refused = (): number => {
    expect(admission.enter()).toBe(false);
    const { refusal } = admission.refuse({ isTold: false });
    if (refusal.kind !== 'overloaded') throw new Error('it is refused otherwise');
    return refusal.retryAfterSeconds ?? 0;
  };
  const many = (count: number): number => Array.from({ length: count }, refused).at(-1) ?? 0;
  return { admission, many, passes: (ms: number) => (nowMs += ms) };
}

test('a few refused requests may come back after a second', () => {
  const { many } = full(0.999);
  expect(many(MAX)).toBe(1);
});

test('a low limit keeps no client away for longer: few refusals cost little', () => {
  expect(full(0.999, 2).many(199)).toBe(1);
});

test('the more are refused within a second, the later they may come back, ten seconds at most', () => {
  const { many, passes } = full();
  expect(many(4 * MAX)).toBe(4);
  passes(1_000);
  expect(many(1)).toBe(4);
  expect(many(200 * MAX)).toBe(10);
});

test('the waits are spread over half as much again', () => {
  expect(full(0.999).many(4 * MAX)).toBe(6);
});

test('after two seconds with few refusals the wait is a second again', () => {
  const { many, passes } = full();
  many(8 * MAX);
  passes(1_000);
  many(1);
  passes(1_000);
  expect(many(1)).toBe(1);
  many(8 * MAX);
  passes(60_000);
  expect(many(1)).toBe(1);
});

test('a place that is left is taken by the next request', () => {
  const { admission } = full();
  admission.leave();
  expect(admission.enter()).toBe(true);
  expect(admission.enter()).toBe(false);
});

test('one refusal of each second is logged at warn', () => {
  const { admission, passes } = full();
  const toldOf = (): boolean => {
    const context = { isTold: false };
    admission.refuse(context);
    return context.isTold;
  };
  expect([toldOf(), toldOf(), toldOf()]).toEqual([false, true, true]);
  passes(1_000);
  expect([toldOf(), toldOf()]).toEqual([false, true]);
});
