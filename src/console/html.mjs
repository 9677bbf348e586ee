import htm from 'htm';
import { h } from 'preact';

/** Markup as tagged templates: what stands in `${}` is text, never markup. */
export const html = htm.bind(h);
