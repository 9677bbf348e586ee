/** The segments of a path, unencoded. */
export type Path = readonly (string | number)[];

/** The address of a service. Its base path may end in a slash or not. */
export class Address {
  private readonly base: string;

  /** Throws a TypeError when `url` is no URL. */
  constructor(url: string) {
    const base = new URL(url);
    base.search = '';
    base.hash = '';
    this.base = base.href.replace(/\/+$/, '');
  }

  /** Returns the address of a path below it. Leaves out members of `query` that are undefined. Throws a TypeError. */
  of(path: Path, query: object = {}): string {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) parameters.set(name, String(value));
    }
    const search = parameters.size === 0 ? '' : `?${parameters.toString()}`;
    return `${this.base}/${path.map(encoded).join('/')}${search}`;
  }
}

/** An empty segment, or one made of dots, would lead to another path, however it is encoded (WHATWG URL, 4.4). */
function encoded(part: string | number): string {
  const text = String(part);
  if (/^\.{0,2}$/.test(text) || !isWellFormed(text))
    throw new TypeError(`cannot be a part of a path: ${JSON.stringify(part)}`);
  return encodeURIComponent(text);
}

/** Half a surrogate pair has no UTF-8. */
function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}
