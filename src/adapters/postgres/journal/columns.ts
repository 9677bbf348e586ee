type Value = string | number | bigint | boolean | null | undefined;

interface Column<Row, Context> {
  /** The SQL type; text and JSON values are quoted. */
  readonly type: string;
  readonly of: (row: Row, context: Context) => Value;
}

/**
 * Rows that a statement receives as one array per column. One list defines the column names, the `unnest` calls that
 * turn the arrays into rows, and the arrays. The arrays are written here in PostgreSQL's text form: that costs a third
 * of the driver's own encoding.
 */
export class Columns<Row, Context = void> {
  readonly names: string;
  private readonly list: readonly (readonly [string, Column<Row, Context>])[];

  constructor(columns: Readonly<Record<string, Column<Row, Context>>>) {
    this.list = Object.entries(columns);
    this.names = this.list.map(([name]) => name).join(', ');
  }

  /**
   * Returns the rows as a subquery named `alias` and appends its parameters to `parameters`. `context`: what the columns need
   * to know beside the row. PostgreSQL reads arrays that are unnested side by side in a select list as it goes; in a `from`
   * clause it would copy each of them first.
   */
  unnest(alias: string, parameters: string[], rows: readonly Row[], context: Context): string {
    const first = parameters.length + 1;
    for (const [, column] of this.list) parameters.push(arrayOf(column, rows, context));
    const columns = this.list.map(([name, { type }], index) => `unnest($${first + index}::${type}[]) as ${name}`);
    return `(select ${columns.join(', ')}) as ${alias}`;
  }
}

/** A column of nulls is an empty array: PostgreSQL fills the shorter of the arrays up with nulls. */
function arrayOf<Row, Context>({ type, of }: Column<Row, Context>, rows: readonly Row[], context: Context): string {
  const isQuoted = type === 'text' || type === 'jsonb';
  let array = '{';
  let hasValues = false;
  for (let index = 0; index < rows.length; index += 1) {
    const value = of(rows[index] as Row, context);
    if (index > 0) array += ',';
    if (value === null || value === undefined) array += 'NULL';
    else {
      array += isQuoted ? quoted(String(value)) : String(value);
      hasValues = true;
    }
  }
  return hasValues ? `${array}}` : '{}';
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
