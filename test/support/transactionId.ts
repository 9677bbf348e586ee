import { uuidv7 } from 'uuidv7';

/** A new id, as the service makes them. */
export function transactionId(): string {
  return uuidv7();
}
