import { z } from 'zod';
import { AMOUNT_MAX } from '../../domain/money';
import { TRANSACTION_STATUSES } from '../../domain/transaction/state';
import { type Participation, type Posting, participationId } from '../../domain/transfer';
import { PAYLOAD_BYTES_MAX } from '../../engine/participants';
import { CAPTURES, NEW_TRANSFERS } from '../examples/newTransfers';
import { ERRORS_MAX } from '../requests/checkInput';
import { adviceOn } from '../requests/nearestName';
import {
  accountIdSchema,
  bodyAmountSchema,
  currencySchema,
  minorUnitsSchema,
  participantBranchSchema,
  participantNameSchema,
  pathAmountSchema,
  transferIdSchema,
} from './fields';
import { askedInstantSchema } from './instants';
import { isStorable, METADATA_DEPTH_MAX, metadataSchema, problemOfJson } from './metadata';
import { cursorSchema, limitSchema } from './paging';

/** The longest timeout that a client may request. */
export const TIMEOUT_MS_MAX = 600_000;

export const transferPathParams = z.object({
  origin: accountIdSchema,
  destination: accountIdSchema,
  amount: pathAmountSchema,
});

export const POSTINGS_MAX = 100;
export const ACCOUNTS_MAX = 100;
export const PARTICIPANTS_MAX = 10;
const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;
/** How long an authorization may wait for its capture, and the default. */
export const EXPIRES_IN_MS = { min: SECOND_MS, max: 31 * DAY_MS, default: 7 * DAY_MS };

const timeoutMs = z
  .int()
  .min(1)
  .max(TIMEOUT_MS_MAX)
  .optional()
  .meta({ description: 'Milliseconds from now to the deadline of the prepare phase.' });

const postingSchema = z
  .strictObject({ origin: accountIdSchema, destination: accountIdSchema, amount: bodyAmountSchema })
  .meta({ id: 'Posting', description: 'One amount from one account to another.' });

const participationSchema = z
  .strictObject({
    participant: participantNameSchema.meta({ description: 'Its name in PARTICIPANTS_FILE.' }),
    branch: participantBranchSchema.meta({ description: 'Names its part in this transfer.' }),
    payload: z
      .unknown()
      .superRefine((payload, context) => {
        const message = problemOfJson(payload, METADATA_DEPTH_MAX);
        if (message) context.addIssue({ code: 'custom', message });
        else if (payload !== undefined && Buffer.byteLength(JSON.stringify(payload)) > PAYLOAD_BYTES_MAX)
          context.addIssue({ code: 'custom', message: `must have ${PAYLOAD_BYTES_MAX} bytes at most` });
      })
      .optional()
      .meta({ description: `Any JSON for the participant, at most ${PAYLOAD_BYTES_MAX} bytes.` }),
  })
  .meta({ id: 'Participation', description: 'What a service elsewhere does in the same transfer.' });

const twoSteps = {
  capture: z
    .literal('manual')
    .optional()
    .meta({ description: 'Promise the money now and move it when it is captured.' }),
  expiresInMs: z
    .int()
    .min(EXPIRES_IN_MS.min)
    .max(EXPIRES_IN_MS.max)
    .optional()
    .meta({ description: 'Milliseconds from now to the end of the authorization; 7 days when not said.' }),
};

/** The fields of a transfer request. Either one posting, as `origin`, `destination` and `amount`, or `postings`. */
export const transferFields = {
  origin: accountIdSchema.optional(),
  destination: accountIdSchema.optional(),
  amount: bodyAmountSchema.optional(),
  postings: z
    .array(postingSchema)
    .min(1)
    .max(POSTINGS_MAX)
    .optional()
    .meta({ description: 'Several amounts that move at one instant, or none of them.' }),
  participants: z
    .array(participationSchema)
    .min(1)
    .max(PARTICIPANTS_MAX)
    .optional()
    .meta({ description: 'Services elsewhere that take part, beside postings or instead of them.' }),
  currency: currencySchema
    .optional()
    .meta({ description: 'What every account must be of; that of the first origin unless said.' }),
  ...twoSteps,
  refunds: transferIdSchema
    .optional()
    .meta({ description: 'The transfer that this one gives back, in part or whole.' }),
  timeoutMs,
  metadata: metadataSchema.optional(),
};

interface TransferFields {
  readonly origin?: string | undefined;
  readonly destination?: string | undefined;
  readonly amount?: bigint | undefined;
  readonly postings?: readonly Posting[] | undefined;
  readonly participants?: readonly Participation[] | undefined;
  readonly capture?: 'manual' | undefined;
  readonly expiresInMs?: number | undefined;
}

const MONEY = ['origin', 'destination', 'amount'] as const;

/** Reports fields that exclude each other. */
export function checkTransfer(fields: TransferFields, context: z.RefinementCtx): void {
  const say = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message });
  const { postings, participants, capture, expiresInMs } = fields;
  const movesNothing = participants && !postings && MONEY.every((name) => fields[name] === undefined);
  for (const name of MONEY) {
    if (postings && fields[name] !== undefined) say(name, 'must not be there beside postings');
    if (!postings && !movesNothing && fields[name] === undefined) say(name, 'is required');
  }
  if (participants && new Set(participants.map(participationId)).size < participants.length)
    say('participants', 'must name each branch of a participant once');
  if (movesNothing && capture !== undefined) say('capture', 'is for a transfer with postings');
  if (expiresInMs !== undefined && capture === undefined) say('expiresInMs', 'is for a capture that is manual');
  if (!postings) return;
  const accounts = new Set(postings.flatMap(({ origin, destination }) => [origin, destination]));
  if (accounts.size > ACCOUNTS_MAX) say('postings', `must name ${ACCOUNTS_MAX} accounts at most`);
  const total = postings.reduce((sum, { amount }) => sum + amount, 0n);
  if (total > AMOUNT_MAX) say('postings', `must come to ${AMOUNT_MAX} at most`);
}

export const transferBody = z
  .strictObject(transferFields)
  .superRefine(checkTransfer)
  .meta({ id: 'NewTransfer', inputExamples: NEW_TRANSFERS });

/** The body of a transfer whose accounts and amount are in the path. */
export const transferTermsBody = z
  .strictObject({ timeoutMs, metadata: metadataSchema.optional() })
  .meta({ id: 'TransferTerms' });

const reasonText = z.string().max(200).refine(isStorable, 'must not contain U+0000 or lone surrogates').optional();

export const captureBody = z
  .strictObject({
    amount: bodyAmountSchema.optional().meta({ description: 'Of one posting: what to capture; the rest is released.' }),
    postings: z
      .array(
        z.strictObject({
          index: z
            .int()
            .min(0)
            .max(POSTINGS_MAX - 1),
          amount: minorUnitsSchema.transform(BigInt).meta({ description: 'Minor units, also 0.', type: 'integer' }),
        }),
      )
      .min(1)
      .max(POSTINGS_MAX)
      .optional()
      .meta({ description: 'Of several postings: what to capture of each; one that is not named is captured whole.' }),
  })
  .superRefine(({ amount, postings }, context) => {
    if (amount !== undefined && postings)
      context.addIssue({ code: 'custom', path: ['amount'], message: 'must not be there beside postings' });
    if (postings && new Set(postings.map(({ index }) => index)).size < postings.length)
      context.addIssue({ code: 'custom', path: ['postings'], message: 'must name each posting once' });
  })
  .meta({ id: 'CaptureTransfer', inputExamples: CAPTURES });

export const voidBody = z.strictObject({ reason: reasonText }).meta({ id: 'VoidTransfer' });

const METADATA_FILTER = 'metadata.';

export const transfersQuery = z
  .object({
    status: z.enum(TRANSACTION_STATUSES).optional().meta({ description: 'Only transfers that are there.' }),
    account: accountIdSchema.optional().meta({
      description:
        'Only transfers from or to this account. An owner who names another account gets those in which its own account pays it.',
    }),
    from: askedInstantSchema.optional().meta({ description: 'Only transfers created at this instant or later.' }),
    to: askedInstantSchema.optional().meta({ description: 'Only transfers created before this instant.' }),
    limit: limitSchema,
    cursor: cursorSchema(transferIdSchema),
  })
  .catchall(z.string().max(1_000))
  .superRefine((query, context) => {
    for (const [name, value] of Object.entries(query)) {
      if (Object.hasOwn(transfersQuery.shape, name)) continue;
      const message = problemOfFilter(name, value);
      if (message) context.addIssue({ code: 'custom', path: [name], message });
      if (context.issues.length === ERRORS_MAX) return;
    }
  });

function problemOfFilter(name: string, value: unknown): string | undefined {
  if (name.startsWith(METADATA_FILTER) && name.length > METADATA_FILTER.length)
    return problemOfJson({ [name]: value }, METADATA_DEPTH_MAX);
  return adviceOn(name, [...Object.keys(transfersQuery.shape), 'metadata.KEY'], 'query');
}

/** The metadata filter of a query, `metadata.KEY=VALUE`. */
export function metadataFilterOf(query: Readonly<Record<string, unknown>>): Record<string, string> | undefined {
  const wanted = Object.entries(query).filter(([name]) => name.startsWith(METADATA_FILTER));
  if (wanted.length === 0) return undefined;
  return Object.fromEntries(wanted.map(([name, value]) => [name.slice(METADATA_FILTER.length), String(value)]));
}

export const transferParams = z.object({ id: transferIdSchema });

export const abortBody = z
  .strictObject({
    reason: reasonText,
  })
  .meta({ id: 'AbortTransfer' });
