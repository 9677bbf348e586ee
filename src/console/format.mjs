const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * Minor units, grouped by narrow spaces: 1 234 567.
 * @param {number} amount
 */
export function money(amount) {
  const digits = String(Math.abs(amount)).replaceAll(/\B(?=(\d{3})+$)/g, '\u202f');
  return amount < 0 ? `\u2212${digits}` : digits;
}

/** @param {number} amount */
export function signed(amount) {
  return amount > 0 ? `+${money(amount)}` : money(amount);
}

/**
 * A duration in its best unit: 4 ms, 12 s, 3 min, 5 h, 2 d.
 * @param {number} ms
 */
export function duration(ms) {
  const some = Math.max(0, ms);
  if (some < SECOND) return `${Math.round(some)} ms`;
  if (some < 10 * SECOND) return `${(some / SECOND).toFixed(1)} s`;
  if (some < 2 * MINUTE) return `${Math.floor(some / SECOND)} s`;
  if (some < 2 * HOUR) return `${Math.floor(some / MINUTE)} min`;
  if (some < 2 * DAY) return `${Math.floor(some / HOUR)} h`;
  return `${Math.floor(some / DAY)} d`;
}

/**
 * How far an instant is from now: "in 5 min", "12 s ago".
 * @param {string} instant
 * @param {number} now
 */
export function fromNow(instant, now) {
  const ms = Date.parse(instant) - now;
  if (Math.abs(ms) < SECOND) return 'now';
  return ms > 0 ? `in ${whole(ms)}` : `${whole(-ms)} ago`;
}

/** @param {number} ms */
function whole(ms) {
  return ms < 10 * SECOND ? `${Math.round(ms / SECOND)} s` : duration(ms);
}

/**
 * The time of day, preceded by the date if that is not today.
 * @param {string | number} instant
 */
export function clock(instant) {
  const at = new Date(instant);
  const day = at.toDateString() === new Date().toDateString() ? '' : `${dayOf(at)} `;
  return day + [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}

/**
 * The fraction of the second: ".004".
 * @param {string} instant
 */
export function milliseconds(instant) {
  return `.${String(new Date(instant).getMilliseconds()).padStart(3, '0')}`;
}

/** @param {Date} at */
function dayOf(at) {
  return [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, '0')).join('-');
}

/**
 * The first and last characters of an id: ids of the same time begin alike.
 * @param {string} id
 */
export function shortId(id) {
  return `${id.slice(0, 8)}\u2026${id.slice(-6)}`;
}

/**
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 */
export function counted(count, one, many = `${one}s`) {
  return `${money(count)} ${count === 1 ? one : many}`;
}

/**
 * "a", "a and b", "a, b and c".
 * @param {readonly string[]} names
 */
export function listed(names) {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
