import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { money } from './format.mjs';
import { html } from './html.mjs';

/**
 * @typedef {{ label: string, colour: string, values: readonly (number | null)[], stepped?: boolean, fill?: boolean }} Series
 */

const HEIGHT = 220;

/**
 * Draws lines over time. `summary` gives the same as text, for readers who cannot see the chart.
 * @param {{ times: readonly number[], series: readonly Series[], summary: string, spanSeconds?: number }} props times
 * in seconds;
 * `spanSeconds`: the range shown, up to the last time; default: all
 */
export function Chart({ times, series, summary, spanSeconds }) {
  const place = useRef(/** @type {HTMLDivElement | null} */ (null));
  const chart = useRef(/** @type {uPlot | undefined} */ (undefined));
  const key = series.map(({ label }) => label).join('|');
  const data = /** @type {uPlot.AlignedData} */ ([times, ...series.map(({ values }) => values)]);

  useEffect(() => {
    const node = place.current;
    if (!node) return undefined;
    const draw = () => {
      chart.current?.destroy();
      chart.current = new uPlot(optionsOf(series, node.clientWidth, spanSeconds), data, node);
    };
    draw();
    const resized = new ResizeObserver(() => chart.current?.setSize({ width: node.clientWidth, height: HEIGHT }));
    resized.observe(node);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', draw);
    return () => {
      resized.disconnect();
      scheme.removeEventListener('change', draw);
      chart.current?.destroy();
      chart.current = undefined;
    };
  }, [key, spanSeconds]);
  useEffect(() => chart.current?.setData(data), [times, series]);
  return html`<div class="chart" role="img" aria-label=${summary} ref=${place}></div>`;
}

/**
 * @param {readonly Series[]} series
 * @param {number} width
 * @param {number | undefined} spanSeconds
 * @returns {uPlot.Options}
 */
function optionsOf(series, width, spanSeconds) {
  const styles = getComputedStyle(document.documentElement);
  const colour = (/** @type {string} */ name) => styles.getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--muted'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  };
  return {
    width,
    height: HEIGHT,
    cursor: { points: { size: 7 }, drag: { x: false, y: false } },
    legend: { live: true },
    scales: {
      x: { time: true, ...(spanSeconds && { range: (_chart, _low, high) => [high - spanSeconds, high] }) },
      y: { range: (_chart, low, high) => rangeOf(low, high) },
    },
    axes: [
      { ...axis, space: 84, values: TIME_WORDS },
      {
        ...axis,
        size: 72,
        values: (_chart, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? money(tick) : String(tick))),
      },
    ],
    series: [
      { value: (_chart, at) => (at === null ? '–' : new Date(at * 1000).toLocaleTimeString('en-GB')) },
      ...series.map(({ label, colour: name, stepped, fill }) => ({
        label,
        stroke: colour(name),
        width: 2,
        ...(fill && { fill: `${colour(name)}1f` }),
        points: { show: false },
        value: (/** @type {uPlot} */ _chart, /** @type {number | null} */ value) =>
          value === null ? '–' : Number.isInteger(value) ? money(value) : value.toFixed(1),
        ...(stepped && uPlot.paths.stepped && { paths: uPlot.paths.stepped({ align: 1 }) }),
      })),
    ],
  };
}

/**
 * The range of the axis: from zero, or from a value below zero; never without height.
 * @param {number | null} low
 * @param {number | null} high
 * @returns {[number, number]}
 */
function rangeOf(low, high) {
  const bottom = Math.min(0, low ?? 0);
  const top = Math.max(high ?? 0, bottom + 1);
  const room = (top - bottom) * 0.08;
  return [bottom === 0 ? 0 : bottom - room, top + room];
}

/** Labels use 24 hours, and the date for steps of a day. Steps are in seconds, as uPlot requires. */
const DAY_WORDS = '{YYYY}-{MM}-{DD}';
/** @type {uPlot.Axis.Values} */
const TIME_WORDS = [
  [86_400 * 28, '{YYYY}-{MM}', null, null, null, null, null, null, 1],
  [86_400, '{MM}-{DD}', '\n{YYYY}', null, null, null, null, null, 1],
  [60, '{HH}:{mm}', `\n${DAY_WORDS}`, null, null, null, null, null, 1],
  [1, '{HH}:{mm}:{ss}', `\n${DAY_WORDS}`, null, null, null, null, null, 1],
  [0.001, '{ss}.{fff}', `\n${DAY_WORDS} {HH}:{mm}`, null, null, null, `\n{HH}:{mm}`, null, 1],
];
