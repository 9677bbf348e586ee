/** A status change that was written. */
export interface Moved {
  /** ISO 8601, the database's clock. */
  readonly at: string;
  readonly attempts: number;
}
