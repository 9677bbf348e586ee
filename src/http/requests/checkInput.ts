import { z } from 'zod';
import type { Wrong } from '../answers/refusals';
import { adviceOn } from './nearestName';

/** The most faults reported for one request: its author fixes them one after another anyway. */
export const ERRORS_MAX = 20;

type Issue = z.core.$ZodRawIssue;

/** Returns the value parsed by the schema. Adds mismatches to `errors`; if there are any, do not use the result. */
export function checkInput<T>(
  schema: z.ZodType<T> | undefined,
  where: Wrong['in'],
  value: unknown,
  errors: Wrong[],
): T | undefined {
  if (!schema) return undefined;
  // A schema that accepts arbitrary names would not see `__proto__`.
  if (where === 'query' && typeof value === 'object' && value !== null && Object.hasOwn(value, '__proto__')) {
    errors.push({ in: where, path: '__proto__', message: adviceOn('__proto__', namesOf(schema), where) });
    return undefined;
  }
  // Nearly every value fits. zod takes a third of the time without the words for what does not.
  const fitting = schema.safeParse(value);
  if (fitting.success) return fitting.data;
  const { error } = schema.safeParse(value, { error: (issue) => wordsFor(issue, where) });
  const wrong = withoutEchoes(error?.issues ?? []).flatMap((issue) => wrongsOf(issue, where));
  for (const { path, message, ...rest } of wrong.slice(0, ERRORS_MAX)) {
    errors.push({ ...rest, path: path.slice(0, 200), message: message.slice(0, 300) });
  }
  return undefined;
}

/**
 * zod measures a text that should be a list, and finds an integer beyond 2^53 too big even if the schema has a lower
 * maximum. Of several sizes of one value, keeps the last; of a value of the wrong type, none.
 */
function withoutEchoes(issues: readonly z.core.$ZodIssue[]): readonly z.core.$ZodIssue[] {
  if (issues.length === 1) return issues;
  const wrongType = new Set<string>();
  const lastSize = new Map<string, z.core.$ZodIssue>();
  for (const issue of issues) {
    if (issue.code === 'invalid_type') wrongType.add(placeOf(issue));
    if (isSize(issue)) lastSize.set(placeOf(issue), issue);
  }
  return issues.filter((issue) => {
    const place = placeOf(issue);
    return !isSize(issue) || (lastSize.get(place) === issue && !wrongType.has(place));
  });
}

function isSize({ code }: z.core.$ZodIssue): boolean {
  return code === 'too_big' || code === 'too_small';
}

function placeOf({ path }: z.core.$ZodIssue): string {
  return JSON.stringify(path);
}

/** Reports each unknown name as a separate fault. */
function wrongsOf(issue: z.core.$ZodIssue, where: Wrong['in']): Wrong[] {
  const path = issue.path.join('.');
  if (issue.code !== 'unrecognized_keys') return [{ in: where, path, message: issue.message }];
  const advice = issue.message.split('\n');
  return issue.keys.map((key, n) => ({
    in: where,
    path: [...issue.path, key].join('.'),
    message: advice[n] ?? 'is not known',
  }));
}

/** Messages for issues without a message in the schema. Undefined leaves the message to the library. */
function wordsFor(issue: Issue, where: Wrong['in']): string | undefined {
  const { code, input } = issue;
  if (code === 'unrecognized_keys') {
    // Advice costs a comparison with every known name, and there may be thousands of unknown ones.
    const reported = issue.keys.slice(0, ERRORS_MAX);
    return reported.map((key) => adviceOn(key, namesOf(issue.inst), where)).join('\n');
  }
  if (input === undefined) return 'is required';
  if (code === 'invalid_type') {
    return where === 'query' && Array.isArray(input) ? 'must be given once' : EXPECTED.get(issue.expected);
  }
  if (code === 'invalid_format' && issue.format === 'datetime')
    return 'must be an instant such as 2026-11-21T22:00:00Z';
  if (code === 'invalid_value') return `must be one of ${issue.values.join(', ')}`;
  if (code === 'too_small') return `must be at least ${issue.minimum}${unitOf(issue.origin)}`;
  if (code === 'too_big') return `must be at most ${issue.maximum}${unitOf(issue.origin)}`;
  return undefined;
}

const EXPECTED = new Map<string, string>([
  ['string', 'must be a string'],
  ['number', 'must be a number'],
  ['int', 'must be an integer'],
  ['boolean', 'must be true or false'],
  ['array', 'must be a list'],
  ['object', 'must be an object'],
  ['record', 'must be an object'],
]);

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters long';
  return origin === 'array' ? ' items long' : '';
}

function namesOf(schema: unknown): readonly string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}
