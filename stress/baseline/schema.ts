/**
 * The tables of the baseline: money in the same types and with the same guard and room for updates as the service's
 * accounts, and a row for each transfer. No foreign keys: the service has none either, and they would slow this one down.
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
