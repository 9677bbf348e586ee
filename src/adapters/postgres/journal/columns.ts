type Value = string | number | bigint | boolean | null | undefined;

interface Column<Row> {
  /** The SQL type; text and JSON values are quoted. */
  readonly type: string;
  readonly of: (row: Row) => Value;
}

/**
 * Rows that a statement receives as one array per column. One list defines the column names, the `unnest` that turns
 * the arrays into rows, and the arrays. The arrays are written here in PostgreSQL's text form: that costs a third of
 * the driver's own encoding.
 */
export class Columns<Row> {
  readonly names: string;
  private readonly list: readonly (readonly [string, Column<Row>])[];

  constructor(columns: Readonly<Record<string, Column<Row>>>) {
    this.list = Object.entries(columns);
    this.names = this.list.map(([name]) => name).join(', ');
  }

  /** Returns `unnest(...) as alias(...)` and appends its parameters to `parameters`. */
  unnest(alias: string, parameters: string[], rows: readonly Row[]): string {
    const first = parameters.length + 1;
    for (const [, column] of this.list) parameters.push(arrayOf(column, rows));
    const arrays = this.list.map(([, { type }], index) => `$${first + index}::${type}[]`).join(', ');
    return `unnest(${arrays}) as ${alias}(${this.names})`;
  }
}

function arrayOf<Row>({ type, of }: Column<Row>, rows: readonly Row[]): string {
  const isQuoted = type === 'text' || type === 'jsonb';
  let array = '{';
  for (let index = 0; index < rows.length; index += 1) {
    const value = of(rows[index] as Row);
    if (index > 0) array += ',';
    if (value === null || value === undefined) array += 'NULL';
    else array += isQuoted ? quoted(String(value)) : String(value);
  }
  return `${array}}`;
}

/** Most texts are ids, which need no escaping. */
const PLAIN = /^[A-Za-z0-9._:@/-]*$/;

/** One element of an array in PostgreSQL's text form (manual, 8.15.2). */
export function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** A whole array of texts in that form. */
export function textArray(texts: readonly string[]): string {
  return `{${texts.map(quoted).join(',')}}`;
}
