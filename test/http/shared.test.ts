import { shared } from '../../src/http/answers/shared';

describe('an answer that is shared', () => {
  function make() {
    const clock = { ms: 0 };
    const made: { resolve: (answer: string) => void; reject: (error: Error) => void }[] = [];
    const ask = shared(
      () => new Promise<string>((resolve, reject) => made.push({ resolve, reject })),
      () => clock.ms,
    );
    return { clock, made, ask };
  }

  it('goes to other callers too, while it is being made and until it is too old', async () => {
    const { clock, made, ask } = make();
    const asked = [ask(1_000), ask(1_000)];
    clock.ms = 999;
    asked.push(ask(1_000));
    made[0]?.resolve('first');
    expect(await Promise.all(asked)).toEqual(['first', 'first', 'first']);
    clock.ms = 1_000;
    const later = ask(1_000);
    made[1]?.resolve('second');
    expect(await later).toBe('second');
    expect(made).toHaveLength(2);
  });

  it('is made for a caller that accepts no older answer, and goes to later callers too', async () => {
    const { made, ask } = make();
    const asked = [ask(1_000), ask(0), ask(1_000)];
    for (const [index, { resolve }] of made.entries()) resolve(`answer ${index}`);
    expect(await Promise.all(asked)).toEqual(['answer 0', 'answer 1', 'answer 1']);
  });

  it('is made again after a failure, which reaches all callers that waited for it', async () => {
    const { made, ask } = make();
    const asked = Promise.allSettled([ask(1_000), ask(1_000)]);
    made[0]?.reject(new Error('away'));
    expect((await asked).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const next = ask(1_000);
    made[1]?.resolve('there');
    expect(await next).toBe('there');
  });
});
