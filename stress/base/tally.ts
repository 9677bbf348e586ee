/** Counts by name, in the order in which the names first appeared. */
export class Tally {
  private readonly counts = new Map<string, number>();

  add(name: string, times = 1): void {
    this.counts.set(name, this.of(name) + times);
  }

  addAll(other: Tally): void {
    for (const [name, count] of other.counts) this.add(name, count);
  }

  of(name: string): number {
    return this.counts.get(name) ?? 0;
  }

  total(): number {
    return this.entries().reduce((sum, [, count]) => sum + count, 0);
  }

  entries(): [string, number][] {
    return [...this.counts];
  }
}
