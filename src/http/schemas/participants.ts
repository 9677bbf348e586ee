import { z } from 'zod';
import { instantSchema, participantBranchSchema, participantNameSchema, transferIdSchema } from './fields';
import { isStorable } from './metadata';

const oldestSchema = z.object({
  transfer: transferIdSchema,
  branch: z.string(),
  call: z.enum(['prepare', 'commit', 'abort']),
  attempts: z.int(),
  error: z.string().meta({ description: 'What the last attempt came to.' }),
  since: instantSchema,
  nextAt: instantSchema.meta({ description: 'When it is asked again.' }),
});

const participantSchema = z
  .object({
    name: z.string(),
    url: z.string().nullable().meta({ description: 'Where it is called; null when PARTICIPANTS_FILE has it no more.' }),
    reachable: z.boolean().nullable().meta({
      description:
        'Whether the last call of this process was answered, by other than a 5xx or 429: a proxy may answer so for a service that is down. null before the first.',
    }),
    breaker: z
      .enum(['closed', 'half-open', 'open'])
      .nullable()
      .meta({ description: 'open: this process sends no calls for a second; half-open: it tries one.' }),
    inFlight: z.int().meta({ description: 'Calls of this process that are being answered.' }),
    queued: z.int().meta({ description: 'Calls of this process that wait for their turn.' }),
    lastError: z.object({ why: z.string(), at: instantSchema }).nullable().meta({
      description: 'Of the last call of this process that was not answered; it stays when calls succeed again.',
    }),
    waiting: z.int().meta({ description: 'Branches that wait to be asked again, of all transfers.' }),
    oldest: oldestSchema.nullable().meta({ description: 'The one that waits longest.' }),
  })
  .meta({ id: 'Participant' });

export const participantsSchema = z.object({ items: z.array(participantSchema) });

export type ParticipantView = z.infer<typeof participantSchema>;

export const settleParams = z.object({
  id: transferIdSchema,
  participant: participantNameSchema.meta({ description: 'The name of the participant.' }),
  branch: participantBranchSchema.meta({ description: 'Its part in the transfer.' }),
});

export const settleBody = z
  .strictObject({
    as: z.enum(['committed', 'aborted']).meta({ description: 'What the participant did with its part.' }),
    note: z
      .string()
      .min(1)
      .max(500)
      .refine(isStorable, 'must not contain U+0000 or lone surrogates')
      .meta({ description: 'How you know, and why it has to be settled by hand; it stays in the history.' }),
  })
  .meta({ id: 'SettleBranch' });
