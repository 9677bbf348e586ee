import { totalmem } from 'node:os';
import { memoryHere, sharedBuffersOf } from '../../src/adapters/postgres/embedded/memory';

const GIB = 1024 ** 3;

describe("the memory for the embedded server's buffers", () => {
  test.each([
    [0.5, 128],
    [1, 128],
    [2, 256],
    [6.3, 806],
    [8, 1024],
    [512, 1024],
  ])('of %s GiB is %d MiB', (gib, mib) => {
    expect(sharedBuffersOf(gib * GIB)).toBe(mib * 1024 * 1024);
  });

  it('is a part of the memory that this process may use', () => {
    expect(memoryHere()).toBeGreaterThan(0);
    expect(memoryHere()).toBeLessThanOrEqual(totalmem());
  });
});
