import type { z } from 'zod';
import { foreignBranchId } from '../../adapters/participants/foreignBranchId';
import type { ForeignAnswer, ForeignRefusal } from '../../engine/accounts/foreignBranches';
import type { IdentifiedName } from '../../engine/journal/entries';
import { answer, type Outcome, refused } from '../answers/answer';
import { BRANCH_REFUSALS, type BranchRefusalCode, type Wrong } from '../answers/refusals';
import type { HttpDeps } from '../deps';
import { PREPARE } from '../examples/participation';
import { checkInput } from '../requests/checkInput';
import { type Route, route } from '../requests/route';
import { participationBody, participationParams, participationPayload } from '../schemas/participation';

type Coordinators = NonNullable<HttpDeps['coordinators']>;

/** The other side of docs/participants.md: accounts of this service in transactions that other services coordinate. */
export function participationRoutes({ branches }: Pick<Coordinators, 'branches'>): Route[] {
  async function prepare(branch: IdentifiedName, payload: unknown): Promise<Outcome> {
    const errors: Wrong[] = [];
    const asked = checkInput(participationPayload, 'body', payload, errors);
    if (!asked) return refused({ kind: 'branch-refused', code: 'invalid-payload', words: wordsOf(errors) });
    return outcomeOf(await branches.prepare(branch, asked));
  }

  const call = route({
    method: 'put',
    path: '/participant/{transaction}/{branch}/{call}',
    name: 'participate',
    summary: 'Take part in a transaction that another service coordinates',
    description:
      'Tandem Participant 1, as docs/participants.md says: `prepare` holds the money of an account, or the room for it; `commit` moves it; `abort` releases it. Every call may be repeated and may come late. 409 is definite: a vote to abort, or a branch that ended the other way.',
    example: {
      params: { transaction: PREPARE.transaction, branch: PREPARE.branch, call: PREPARE.call },
      body: PREPARE,
    },
    tag: 'participant',
    access: { kind: 'signed' },
    headers: ['webhook-id', 'webhook-timestamp'],
    params: participationParams,
    body: participationBody,
    responses: { 204: { description: 'Done, now or before, and durable. To `prepare`: a vote to commit.' } },
    refusals: ['branch-refused', 'branch-not-found'],
    async handler({ params, body, context }) {
      const errors = contradictions(params, body);
      if (errors.length > 0) return refused({ kind: 'invalid-request', errors });
      const name = { caller: context.caller.owner, transaction: params.transaction, branch: params.branch };
      const branch = { ...name, id: foreignBranchId(name) };
      if (params.call === 'prepare') return prepare(branch, body.payload);
      return outcomeOf(await branches[params.call](branch));
    },
  });

  return [call];
}

/** Checks the path against the body: the signature covers only the body. */
function contradictions(
  params: z.infer<typeof participationParams>,
  body: z.infer<typeof participationBody>,
): readonly Wrong[] {
  const members = ['transaction', 'branch', 'call'] as const;
  return members
    .filter((member) => body[member] !== params[member])
    .map((path) => ({ in: 'body', path, message: 'must be what the path says' }));
}

function wordsOf(errors: readonly Wrong[]): string {
  return errors.map(({ path, message }) => `${path === '' ? 'payload' : `payload.${path}`} ${message}`).join('; ');
}

function outcomeOf(answered: ForeignAnswer): Outcome {
  switch (answered.kind) {
    case 'done':
      return answer(204, undefined);
    case 'no-branch':
      return refused({ kind: 'branch-not-found' });
    case 'refused':
      return refused({ kind: 'branch-refused', code: codeOf(answered.refusal) });
  }
}

function codeOf({ kind }: ForeignRefusal): BranchRefusalCode {
  const code = BRANCH_REFUSALS.find((one) => one === kind);
  if (!code) throw new Error(`a branch was refused with ${kind}`);
  return code;
}
