/**
 * The tables of the baseline. Money has the same types, the same guard and the same room for updates as in the
 * service's accounts. There is a row for each transfer. There are no foreign keys: the service has none either, and
 * they would slow the baseline down.
 */
export const BASELINE_SCHEMA = `
  create table accounts (
    id         text collate "C" primary key,
    balance    bigint not null default 0 check (balance between 0 and 9007199254740991),
    created_at timestamptz not null default clock_timestamp()
  ) with (fillfactor = 60);

  create table transfers (
    id          uuid primary key,
    origin      text collate "C" not null,
    destination text collate "C" not null,
    amount      bigint not null check (amount > 0),
    created_at  timestamptz not null default clock_timestamp()
  )`;
