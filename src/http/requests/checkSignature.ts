import type { Request } from 'express';
import type { SignatureVerifier } from '../../adapters/calls/signature';
import { type Refused, refused } from '../answers/answer';
import type { RateLimit } from './rateLimit';

/** Tells who signed a body. */
export type Callers = Pick<SignatureVerifier, 'signer'>;

/**
 * Finds out which service signed a request. The signature is over the bytes of the body, so that they are read before, and nothing is
 * made of them. Resolves to a refusal for a body that is not signed well, and for a service that asks too often.
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
