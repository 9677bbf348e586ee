import { z } from 'zod';

const wrong = z.object({
  in: z.enum(['path', 'query', 'header', 'body']),
  path: z.string().meta({ description: 'The parameter, header or field; empty for the body as a whole.' }),
  message: z.string(),
});

/** The form of every refusal (RFC 9457). The code determines which optional fields are present. */
export const problemSchema = z
  .object({
    type: z.literal('about:blank'),
    title: z.string().meta({ description: 'The words of the HTTP status.' }),
    status: z.int(),
    code: z.string().meta({ description: 'What was refused, stable: switch on this.' }),
    detail: z.string().meta({ description: 'For people; may change.' }),
    instance: z.string().meta({ description: 'The id of the request, also in X-Request-Id and in the log.' }),
    errors: z.array(wrong).optional().meta({ description: 'With invalid-request: everything that is wrong.' }),
    account: z.string().optional().meta({ description: 'The account that the refusal is about.' }),
    missing: z.int().optional().meta({ description: 'With insufficient-funds: minor units that are missing.' }),
    refusals: z
      .array(
        z.union([
          z.object({ account: z.string(), postings: z.array(z.int()), code: z.string(), missing: z.int().optional() }),
          z.object({ participant: z.string(), branch: z.string(), code: z.string(), detail: z.string() }),
        ]),
      )
      .optional()
      .meta({
        description:
          'With postings-refused: every account that is known to refuse, and which postings name it; and every participant.',
      }),
    participant: z.string().optional().meta({ description: 'With participant-refused: who refused.' }),
    branch: z.string().optional().meta({ description: 'With participant-refused: its part in the transfer.' }),
    refundable: z.int().optional().meta({ description: 'With refund-exceeds-capture: minor units that are left.' }),
    capturable: z.int().optional().meta({ description: 'With capture-exceeds-authorization: minor units.' }),
    posting: z.int().optional().meta({ description: 'With capture-exceeds-authorization: which of the postings.' }),
    transferId: z.string().optional().meta({ description: 'The transfer that the refusal is about.' }),
    transferStatus: z
      .string()
      .optional()
      .meta({ description: 'With too-late-to-abort and already-final: where the transfer is.' }),
    oldest: z.string().optional().meta({ description: 'With cursor-expired: the cursor where what is kept begins.' }),
    reason: z.string().optional().meta({
      description:
        'With transfer-aborted: what the client gave as its reason. With participant-refused: what the participant calls it.',
    }),
    away: z.enum(['database', 'lock', 'queue', 'workers', 'keys']).optional().meta({
      description:
        'With unavailable: what does not answer; lock is one that another session of the database holds, workers are the processes that run jobs.',
    }),
    outcome: z
      .enum(['not-started', 'unknown'])
      .optional()
      .meta({ description: 'With unavailable: whether the request may have been carried out.' }),
  })
  .meta({ id: 'Problem', description: 'Why a request was refused (RFC 9457).' });
