export interface SampleSummary {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Measured durations in milliseconds. */
export class Samples {
  private values: number[] = [];

  add(value: number): void {
    this.values.push(value);
  }

  addAll(other: Samples): void {
    for (const value of other.values) this.values.push(value);
  }

  summary(): SampleSummary {
    const sorted = this.values.toSorted((a, b) => a - b);
    const rank = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
    return { count: sorted.length, p50: rank(0.5), p99: rank(0.99), max: rank(1) };
  }
}

/** Samples by name. A merge keeps every value, so that the percentiles of several runs are exact. */
export class SampleSet {
  readonly byName = new Map<string, Samples>();

  add(name: string, value: number): void {
    this.named(name).add(value);
  }

  addAll(other: SampleSet): void {
    for (const [name, samples] of other.byName) this.named(name).addAll(samples);
  }

  private named(name: string): Samples {
    const known = this.byName.get(name);
    if (known) return known;
    const samples = new Samples();
    this.byName.set(name, samples);
    return samples;
  }
}

/** The name for samples of a fault that were taken while another far-reaching fault was active. */
export function withOthers(name: string): string {
  return `${name}, others at the same time`;
}
