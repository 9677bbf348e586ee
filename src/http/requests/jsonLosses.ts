import type { Wrong } from '../answers/refusals';

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|-?\d[\d.eE+-]*/g;

/** An open object or list of the scan. */
interface Frame {
  /** The names of the members so far; undefined for a list. */
  readonly names?: Set<string>;
  /** The current member or item of the scan. */
  at: string | number;
  /** Whether the next string is a member's name. */
  expectsName: boolean;
}

/**
 * Finds what `JSON.parse` silently drops or changes: all but the last of members of one name, nested members named
 * `__proto__`, and digits that a double cannot hold. `text` must be well-formed JSON. Returns at most `max` findings.
 * Does not recurse, so a body of brackets cannot exhaust the stack.
 */
export function lossesOf(text: string, max: number): Wrong[] {
  const losses: Wrong[] = [];
  const frames: Frame[] = [];
  const lose = (message: string): void => {
    const path = frames.map(({ at }) => at).join('.');
    losses.push({ in: 'body', path: path.slice(0, PATH_MAX), message });
  };
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match && losses.length < max; match = TOKEN.exec(text)) {
    const [token] = match;
    const frame = frames.at(-1);
    if (token === '{') frames.push({ names: new Set(), at: '', expectsName: true });
    else if (token === '[') frames.push({ at: 0, expectsName: false });
    else if (token === '}' || token === ']') frames.pop();
    else if (token === ',' && frame) advance(frame);
    else if (token === ':' && frame) frame.expectsName = false;
    else if (frame?.expectsName && frame.names) {
      const problem = nameMember(frame, frame.names, token);
      if (problem !== undefined) lose(problem);
    } else if (!token.startsWith('"') && !isKept(token))
      lose('cannot be kept exactly as a JSON number; where text is taken, send it as a string');
  }
  return losses;
}

const PATH_MAX = 200;

function advance(frame: Frame): void {
  if (typeof frame.at === 'number') frame.at += 1;
  else frame.expectsName = true;
}

function nameMember(frame: Frame, names: Set<string>, token: string): string | undefined {
  const name = token.includes('\\') ? String(JSON.parse(token)) : token.slice(1, -1);
  frame.at = name;
  if (name === '__proto__') return 'is not taken as the name of a member';
  if (names.has(name)) return 'must be given once';
  names.add(name);
  return undefined;
}

/** Whether a double keeps the number exactly, regardless of its notation. */
function isKept(token: string): boolean {
  if (/^-?\d{1,15}$/.test(token)) return true;
  const value = Number(token);
  return Number.isFinite(value) && decimal(token) === decimal(String(value));
}

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** A canonical text for a number: its significant digits and its exponent. */
function decimal(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? [];
  const digits = whole + fraction;
  let [from, to] = [0, digits.length];
  while (from < to && digits[from] === '0') from += 1;
  while (from < to && digits[to - 1] === '0') to -= 1;
  if (from === to) return '0';
  return `${sign}${digits.slice(from, to)}e${Number(exponent) - fraction.length + digits.length - to}`;
}
