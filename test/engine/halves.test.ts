import { Halves } from '../../src/engine/journal/halves';

function landed(answered: number, waiting: number): Halves {
  const halves = new Halves();
  halves.landed(answered, waiting);
  return halves;
}

describe('the half of the units that a statement waits for', () => {
  test('is there at once when as many wait as were answered', () => {
    const halves = landed(32, 32);
    expect(halves.isThere(32)).toBe(true);
    expect(halves.waitsOn(32)).toBe(false);
  });

  test('is awaited while each turn brings more, and is there in the middle of a turn', () => {
    const halves = landed(56, 8);
    expect(halves.waitsOn(8)).toBe(true);
    expect(halves.waitsOn(20)).toBe(true);
    expect(halves.isThere(31)).toBe(false);
    expect(halves.isThere(32)).toBe(true);
    expect(halves.waitsOn(32)).toBe(false);
  });

  test('is not awaited any more after a turn that brought nothing', () => {
    const halves = landed(64, 0);
    expect(halves.waitsOn(0)).toBe(true);
    expect(halves.waitsOn(0)).toBe(false);
    expect(halves.isAwaited).toBe(false);
    expect(halves.isThere(64)).toBe(false);
  });

  test('is not awaited where so few units are not worth a statement of their own', () => {
    expect(landed(1, 0).isAwaited).toBe(false);
    expect(landed(20, 10).isAwaited).toBe(false);
  });

  test('is not awaited before a statement has landed, nor once the next one has started', () => {
    expect(new Halves().isAwaited).toBe(false);
    const halves = landed(64, 0);
    halves.looked();
    expect(halves.isAwaited).toBe(false);
  });
});
