export interface NearMiss {
  readonly variable: string;
  readonly instead: string;
}

/**
 * Finds environment variables that the service does not read but that look like ones it reads: the intended setting is
 * not in force. If such a variable belongs to another program, the only harm is a warning.
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
  // HOME must stay further than one letter from every variable of the service.
  return distance(variable, name) <= (name.length < 8 ? 1 : 2);
}

/** `TRANSFER_TIMEOUT` and `TRANSFER_TIMEOUT_SECONDS` mean `TRANSFER_TIMEOUT_MS`. */
function withoutUnit(name: string): string {
  return name.replace(/_(MS|S|SEC|SECONDS|MIN|MINUTES|HOURS|DAYS|MAX|LIMIT)$/, '');
}

/** The number of letters to add, remove, replace or swap with a neighbour to turn one word into the other (Damerau, 1964). */
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
