import type { Route } from '../requests/route';
import { ADDRESS, docsPage, type TokenOf } from './docsPage';
import { describe } from './openapi';

export interface Written {
  /** The OpenAPI document. */
  readonly json: string;
  /** The same as an HTML page. Its shell commands call the service at `address`. */
  html(address: string): string;
}

/** Writes the documentation of the routes, for programs and for people. */
export async function write(
  routes: readonly Route[],
  about: { name: string; version: string },
  tokenOf: TokenOf,
): Promise<Written> {
  const document = await describe(routes, about);
  const html = docsPage(document, tokenOf);
  return { json: JSON.stringify(document), html: (address) => html.replaceAll(ADDRESS, address) };
}
