import { uuidv7 } from 'uuidv7';

/** Returns a new id, like those of the service. */
export function transactionId(): string {
  return uuidv7();
}
