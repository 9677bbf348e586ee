import { totalmem } from 'node:os';
import { memoryHere, withBuffers } from '../../src/adapters/postgres/embedded/memory';

const GIB = 1024 ** 3;
const configuration = (buffers: string) => `max_connections = 100\nshared_buffers = ${buffers}\t# min 128kB\n`;

describe("the memory for the embedded server's buffers", () => {
  test.each([
    [0.5, 128],
    [1, 128],
    [2, 256],
    [6.3, 806],
    [8, 1024],
    [512, 1024],
  ])('of %s GiB is %d MiB', (gib, mib) => {
    expect(withBuffers(configuration('128MB'), gib * GIB)).toBe(configuration(`${mib}MB`));
  });

  it('is less where initdb found no room', () => {
    expect(withBuffers(configuration('16MB'), 8 * GIB)).toBe(configuration('16MB'));
  });

  it('is a part of the memory that this process may use', () => {
    expect(memoryHere()).toBeGreaterThan(0);
    expect(memoryHere()).toBeLessThanOrEqual(totalmem());
  });
});
