import type { ParticipantCall } from '../../engine/participants';
import { type Branch, isDone, type Probe, type Seen } from './probe';

/** The participant did not do what a rule requires. */
export class BrokenRule extends Error {
  override readonly name = 'BrokenRule';
}

/** The calls to one branch, in order. The first unexpected answer ends the story with all its steps. */
export class Story {
  private readonly steps: string[] = [];

  constructor(
    private readonly probe: Probe,
    readonly branch: Branch = probe.newBranch(),
  ) {}

  /** The call is answered 200 or 204. */
  async done(call: ParticipantCall): Promise<this> {
    return this.expected(call, await this.probe.ask(this.branch, call), isDone, '200 or 204');
  }

  /** The call is answered 409. */
  async refused(call: ParticipantCall, payload?: unknown): Promise<this> {
    const seen = await this.probe.ask(this.branch, call, payload);
    return this.expected(call, seen, ({ status }) => status === 409, '409');
  }

  /** The call is answered 404. */
  async missing(call: ParticipantCall): Promise<this> {
    return this.expected(call, await this.probe.ask(this.branch, call), ({ status }) => status === 404, '404');
  }

  /** Adds a step that was sent outside of this class. */
  told(step: string): this {
    this.steps.push(step);
    return this;
  }

  expected(step: string, seen: Seen, isGood: (seen: Seen) => boolean, wanted: string): this {
    this.steps.push(`${step} ${wordsOf(seen)}`);
    if (!isGood(seen)) throw new BrokenRule(`${this.steps.join(', ')}: expected ${wanted}`);
    return this;
  }
}

function wordsOf(seen: Seen): string {
  return seen.status === 'none' ? `(${seen.why})` : String(seen.status);
}
