import { createHash } from 'node:crypto';
import type { TransactionId } from '../../domain/ids';
import type { ForeignName } from '../../engine/journal/entries';

/**
 * The id of a branch, derived from the caller and the caller's own ids. So no caller can name a branch of another
 * caller, or a transaction of this service, whose ids are UUIDs of version 7. This id is a UUID of version 8 (RFC 9562,
 * 5.8) with 122 bits of SHA-256.
 */
export function foreignBranchId({ caller, transaction, branch }: ForeignName): TransactionId {
  const bytes = createHash('sha256')
    .update(JSON.stringify([caller, transaction, branch]))
    .digest()
    .subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
