export interface NearMiss {
  readonly variable: string;
  readonly instead: string;
}

/**
 * Variables of the environment that are not read and look like ones that are: the setting that was meant is not in force.
 * A variable that belongs to another program looks like none, or the price is a warning.
 */
export function nearMisses(
  environment: Readonly<Record<string, string | undefined>>,
  known: readonly string[],
): NearMiss[] {
  return Object.keys(environment).flatMap((variable) => {
    if (known.includes(variable)) return [];
    const instead = known.find((name) => looksLike(variable, name));
    return instead === undefined ? [] : [{ variable, instead }];
  });
}

function looksLike(variable: string, name: string): boolean {
  if (variable.toUpperCase() === name || variable === `TANDEM_${name}`) return true;
  if (withoutUnit(variable) === withoutUnit(name) && variable.includes('_')) return true;
  if (variable.includes('_') && name.startsWith(`${variable}_`)) return true;
  // HOME is one letter from nothing of ours, and has to stay so.
  return distance(variable, name) <= (name.length < 8 ? 1 : 2);
}

/** `TRANSFER_TIMEOUT` and `TRANSFER_TIMEOUT_SECONDS` mean `TRANSFER_TIMEOUT_MS`. */
function withoutUnit(name: string): string {
  return name.replace(/_(MS|S|SEC|SECONDS|MIN|MINUTES|HOURS|DAYS|MAX|LIMIT)$/, '');
}

/** Letters to add, leave out, replace or swap with their neighbour to make one word of the other (Damerau, 1964). */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return Number.POSITIVE_INFINITY;
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let row = 1; row <= a.length; row += 1) {
    const cells = [row];
    rows.push(cells);
    for (let column = 1; column <= b.length; column += 1) {
      const isSame = a[row - 1] === b[column - 1];
      const isSwapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      cells.push(
        Math.min(
          at(row - 1, column) + 1,
          at(row, column - 1) + 1,
          at(row - 1, column - 1) + (isSame ? 0 : 1),
          isSwapped ? at(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
  }
  return at(a.length, b.length);
}
