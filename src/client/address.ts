/** The parts between the slashes of a path, not encoded. */
export type Path = readonly (string | number)[];

/** Where a service is. Its base path may end in a slash or not. */
export class Address {
  private readonly base: string;

  /** Throws a TypeError when it is no URL. */
  constructor(url: string) {
    const base = new URL(url);
    base.search = '';
    base.hash = '';
    this.base = base.href.replace(/\/+$/, '');
  }

  /** The address of a path below it; members of `query` that are undefined are left out. Throws a TypeError. */
  of(path: Path, query: object = {}): string {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) parameters.set(name, String(value));
    }
    const search = parameters.size === 0 ? '' : `?${parameters.toString()}`;
    return `${this.base}/${path.map(encoded).join('/')}${search}`;
  }
}

/** A part that is empty or made of dots would lead to another path, however it is encoded (WHATWG URL, 4.4). */
function encoded(part: string | number): string {
  const text = String(part);
  if (/^\.{0,2}$/.test(text) || !isWellFormed(text))
    throw new TypeError(`cannot be a part of a path: ${JSON.stringify(part)}`);
  return encodeURIComponent(text);
}

/** Halves of surrogate pairs have no UTF-8. */
function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}
