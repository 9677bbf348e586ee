import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { asError } from './hooks.mjs';
import { html } from './html.mjs';
import { Failure } from './parts.mjs';

/**
 * `options`: pairs of a value and its label. If the first one has no value, the user must choose another. `max`: the
 * largest number, or the longest text.
 * @typedef {{ name: string, label: string, hint?: string, type?: 'text' | 'number', max?: number, value?: string,
 *   required?: boolean, options?: readonly (readonly [value: string, words: string])[] }} Field
 * @typedef {{
 *   title: string,
 *   verb: string,
 *   danger?: boolean,
 *   children?: import('preact').ComponentChildren,
 *   fields?: readonly Field[],
 *   act: (values: Record<string, string>) => Promise<unknown>,
 *   close: () => void,
 * }} Question
 */

/**
 * Asks for confirmation, then acts. Shows a refusal in the dialog, which stays open. The browser keeps the focus
 * inside, closes the dialog with Escape, and restores the focus.
 * @param {Question} props
 */
export function Confirm({ title, verb, danger = false, children, fields = [], act, close }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  const [busy, setBusy] = useState(false);
  useLayoutEffect(() => dialog.current?.showModal(), []);

  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    const values = Object.fromEntries(
      [...new FormData(form)].map(([name, value]) => [name, typeof value === 'string' ? value : '']),
    );
    setBusy(true);
    try {
      await act(values);
      dialog.current?.close();
    } catch (failed) {
      setError(asError(failed));
      setBusy(false);
    }
  };

  return html`<dialog ref=${dialog} aria-labelledby="confirm-title" onClose=${close}>
    <form onSubmit=${submit}>
      <h2 id="confirm-title">${title}</h2>
      <div class="prose">${children}</div>
      ${fields.map(
        (field) => html`<label class="field">
          <span>${field.label}</span>
          <${Input} field=${field} />
          ${field.hint ? html`<small>${field.hint}</small>` : null}
        </label>`,
      )}
      <${Failure} error=${error} />
      <footer class="buttons">
        <button type="button" onClick=${() => dialog.current?.close()}>Cancel</button>
        <button type="submit" class=${danger ? 'danger' : 'primary'} disabled=${busy}>${verb}</button>
      </footer>
    </form>
  </dialog>`;
}

/** @param {{ field: Field }} props */
function Input({ field: { name, type = 'text', max, value, required = false, options } }) {
  if (options)
    return html`<select name=${name} required>
      ${options.map(([each, words]) => html`<option value=${each}>${words}</option>`)}
    </select>`;
  return type === 'number'
    ? html`<input name=${name} type="number" defaultValue=${value} min="1" max=${max} required=${required} autocomplete="off" />`
    : html`<input name=${name} type="text" defaultValue=${value} maxlength=${max ?? 200} required=${required} autocomplete="off" />`;
}
