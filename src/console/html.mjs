import htm from 'htm';
import { h } from 'preact';

/** Markup as tagged templates: a value in `${}` is text, never markup. */
export const html = htm.bind(h);
