/**
 * What a pure `decide` returns: the events (none when the command was already carried out), or a refusal. A refusal is
 * a value. An exception that `decide` throws is a defect.
 */
export type Decision<Event, Refusal> =
  | { readonly kind: 'accepted'; readonly events: readonly Event[] }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

export function accept<Event>(...events: Event[]): Decision<Event, never> {
  return { kind: 'accepted', events };
}

export function refuse<Refusal>(refusal: Refusal): Decision<never, Refusal> {
  return { kind: 'refused', refusal };
}
