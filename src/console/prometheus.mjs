/**
 * One sample of the text format of Prometheus.
 * @typedef {{ labels: Readonly<Record<string, string>>, value: number }} Sample
 * @typedef {ReadonlyMap<string, readonly Sample[]>} Samples by name
 */

const LINE = /^([a-z_:][\w:]*)(?:\{(.*)\})? (\S+)$/i;
const LABEL = /([a-z_]\w*)="((?:[^"\\]|\\.)*)"/gi;

/**
 * @param {string} text
 * @returns {Samples}
 */
export function readMetrics(text) {
  /** @type {Map<string, Sample[]>} */
  const samples = new Map();
  for (const line of text.split('\n')) {
    const [, name, labels = '', value] = LINE.exec(line) ?? [];
    if (name === undefined) continue;
    const sample = { labels: labelsOf(labels), value: Number(value) };
    samples.set(name, [...(samples.get(name) ?? []), sample]);
  }
  return samples;
}

/** @param {string} text */
function labelsOf(text) {
  return Object.fromEntries(
    [...text.matchAll(LABEL)].map(([, name = '', value = '']) => [name, value.replaceAll(/\\(.)/g, '$1')]),
  );
}

/**
 * The sum of all samples of a name with these labels.
 * @param {Samples} samples
 * @param {string} name
 * @param {Readonly<Record<string, string>>} [wanted]
 */
export function total(samples, name, wanted = {}) {
  const some = (samples.get(name) ?? []).filter(({ labels }) =>
    Object.entries(wanted).every(([key, value]) => labels[key] === value),
  );
  return some.reduce((sum, { value }) => sum + value, 0);
}

/**
 * An upper bound of a quantile, from the buckets of a histogram. Undefined without observations.
 * @param {Samples} samples
 * @param {string} name
 * @param {number} share
 */
export function quantile(samples, name, share) {
  const buckets = (samples.get(`${name}_bucket`) ?? [])
    .map(({ labels, value }) => ({ upTo: labels['le'] === '+Inf' ? Infinity : Number(labels['le']), value }))
    .toSorted((a, b) => a.upTo - b.upTo);
  const count = buckets.at(-1)?.value ?? 0;
  return count === 0 ? undefined : buckets.find(({ value }) => value >= count * share)?.upTo;
}
