import type { Request } from 'express';
import type { SignatureVerifier } from '../../adapters/calls/signature';
import { type Refused, refused } from '../answers/answer';
import type { RateLimit } from './rateLimit';

/** Identifies the signer of a body. */
export type Callers = Pick<SignatureVerifier, 'signer'>;

/**
 * Identifies the service that signed a request. The signature covers the bytes of the body, so the body is read first,
 * and not parsed. Resolves to a refusal for an invalid signature, and for a service that exceeds its rate limit.
 */
export async function checkSignature(
  request: Request,
  body: Buffer,
  callers: Callers | undefined,
  rateLimit: RateLimit | undefined,
): Promise<Refused | undefined> {
  const { context, headers, socket } = request;
  const signer = callers?.signer(headers, body);
  if (signer !== undefined) context.caller = { role: 'coordinator', owner: signer };
  const refusal = signer === undefined ? refused({ kind: 'bad-signature' }) : undefined;
  const tooOften = await rateLimit?.(request, refusal);
  if (tooOften) return tooOften;
  if (refusal) context.log.info({ route: context.route, address: socket.remoteAddress }, 'signature refused');
  return refusal;
}
