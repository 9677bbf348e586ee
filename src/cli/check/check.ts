import { isDone, Probe, type Seen, StoppedError, type Subject } from './probe';
import { raceRules } from './raceRules';
import type { Rule } from './rule';
import { refusalsReadable, stateRules } from './stateRules';
import { BrokenRule, Story } from './story';
import { trustRules } from './trustRules';

export const RULES: readonly Rule[] = [...stateRules, ...trustRules, ...raceRules, refusalsReadable];

export type Finding =
  | { readonly kind: 'held' }
  /** `seen` says what the check did, what it got, and what it expected. */
  | { readonly kind: 'broken'; readonly seen: string }
  | { readonly kind: 'skipped'; readonly why: string };

export type Report =
  /** The check could not prepare and commit a single branch. */
  | { readonly kind: 'not-checked'; readonly why: string }
  | {
      readonly kind: 'checked';
      readonly results: readonly { readonly rule: Rule; readonly finding: Finding }[];
      /** How many branches were committed. The participant's own books must show this number. */
      readonly committed: number;
      /** Answers of a server in trouble, and missing answers. The check repeated the call after them. */
      readonly troubles: number;
      /** Branches that may still be prepared, because the participant did not confirm their abort. */
      readonly left: number;
    };

/** Checks one rule after the other. `nowMs` is the time of day in milliseconds. `stop` ends the check early. */
export async function check(subject: Subject, nowMs: () => number, stop?: AbortSignal): Promise<Report> {
  const probe = new Probe(subject, nowMs, stop);
  try {
    const why = await tryOut(probe);
    if (why !== undefined) return { kind: 'not-checked', why };
    const results: { rule: Rule; finding: Finding }[] = [];
    for (const rule of RULES) results.push({ rule, finding: await find(rule, probe) });
    const { committed, troubles } = probe;
    return { kind: 'checked', results, committed: committed.size, troubles, left: await probe.release() };
  } catch (error) {
    if (!(error instanceof StoppedError)) throw error;
    const left = await probe.release();
    return { kind: 'not-checked', why: left === 0 ? 'stopped' : `stopped; ${left} branches may still be prepared` };
  } finally {
    await probe.close();
  }
}

async function find(rule: Rule, probe: Probe): Promise<Finding> {
  const why = rule.skippedBecause?.(probe);
  if (why !== undefined) return { kind: 'skipped', why };
  try {
    await rule.check(probe);
    return { kind: 'held' };
  } catch (error) {
    if (error instanceof BrokenRule) return { kind: 'broken', seen: error.message };
    throw error;
  }
}

/** Prepares and commits one branch. Resolves to the reason if that failed: then no rule can be checked. Otherwise resolves to undefined. */
async function tryOut(probe: Probe): Promise<string | undefined> {
  const { branch } = new Story(probe);
  const prepared = await probe.ask(branch, 'prepare');
  if (!isDone(prepared)) return `prepare ${adviceOn(prepared)}`;
  const committed = await probe.ask(branch, 'commit');
  return isDone(committed) ? undefined : `prepare was answered ${prepared.status}, then commit ${adviceOn(committed)}`;
}

function adviceOn(seen: Seen): string {
  if (seen.status === 'none') return `got no answer: ${seen.why}`;
  if (seen.status === 401 || seen.status === 403) return `was answered ${seen.status}: is it the right secret?`;
  if (seen.status === 404) return 'was answered 404: is it the right URL?';
  if (seen.status === 409) return 'was answered 409: say with --payload what the participant accepts';
  return `was answered ${seen.status}`;
}
