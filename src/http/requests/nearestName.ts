import { closest, distance } from 'fastest-levenshtein';

/** The known name that the caller probably meant. At most a third of the unknown name, or two letters, may differ. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  if (known.length === 0 || name.length > NAME_MAX) return undefined;
  const nearest = closest(name, known);
  const differs = distance(name, nearest);
  return differs < name.length && differs <= Math.max(2, Math.floor(name.length / 3)) ? nearest : undefined;
}

/** For longer names the comparison costs more than the advice is worth. */
const NAME_MAX = 64;

/** The message for an unknown name. */
export function adviceOn(name: string, known: readonly string[], where: 'path' | 'query' | 'header' | 'body'): string {
  const nearest = nearestName(name, known);
  if (nearest !== undefined) return `is not known; did you mean ${nearest}?`;
  if (known.length > 0) return `is not known; known are ${known.join(', ')}`;
  return where === 'query' ? 'is not known; this path takes no query parameters' : 'is not known';
}
