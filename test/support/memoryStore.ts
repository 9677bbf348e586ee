/** Runs around a call of a store: holding one back delays the call, rejecting it fails the call. */
export type Hook<Call> = (call: Call) => Promise<void>;

/**
 * An in-memory store, to force interleavings. `before` runs before a call takes effect; `after` runs when it has taken
 * effect and before the caller learns of it. If `after` rejects, the call was carried out, and its caller does not
 * know.
 */
export class MemoryStore<Call> {
  readonly calls: Call[] = [];
  before: Hook<Call> = () => Promise.resolve();
  after: Hook<Call> = () => Promise.resolve();

  protected async around<T>(call: Call, effect: () => T): Promise<T> {
    this.calls.push(call);
    await this.before(call);
    const result = effect();
    await this.after(call);
    return result;
  }
}
