SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE SCHEMA public;
COMMENT ON SCHEMA public IS 'standard public schema';
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.accounts (
    id text NOT NULL COLLATE pg_catalog."C",
    currency text,
    overdraft_limit bigint NOT NULL,
    frozen text,
    opened_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    CONSTRAINT accounts_frozen_check CHECK ((frozen = ANY (ARRAY['debits'::text, 'all'::text]))),
    CONSTRAINT accounts_overdraft_limit_check CHECK ((overdraft_limit >= 0))
);
COMMENT ON TABLE public.accounts IS 'what seldom changes of an account; written with the entry of the journal that says so';
CREATE TABLE public.branch_calls (
    transaction_id uuid NOT NULL,
    branch text NOT NULL COLLATE pg_catalog."C",
    confirmed text,
    call text,
    attempts integer DEFAULT 0 NOT NULL,
    error text,
    since timestamp with time zone NOT NULL,
    next_attempt_at timestamp with time zone,
    CONSTRAINT branch_calls_call_check CHECK ((call = ANY (ARRAY['prepare'::text, 'commit'::text, 'abort'::text]))),
    CONSTRAINT branch_calls_confirmed_check CHECK ((confirmed = ANY (ARRAY['committed'::text, 'aborted'::text])))
);
COMMENT ON TABLE public.branch_calls IS 'calls to branches elsewhere that were not answered, and branches that confirmed while others did not answer';
COMMENT ON COLUMN public.branch_calls.confirmed IS 'the branch has heard the decision, or an operator has settled what it did; never changed again';
COMMENT ON COLUMN public.branch_calls.next_attempt_at IS 'when the call is made again; none once the branch has confirmed';
CREATE TABLE public.feed (
    "position" xid8 DEFAULT pg_current_xact_id() NOT NULL,
    at timestamp with time zone NOT NULL,
    kinds text[] NOT NULL,
    subjects text[] NOT NULL
);
COMMENT ON COLUMN public.feed.kinds IS 'of each change: transfer.created, account.opened, …';
COMMENT ON COLUMN public.feed.subjects IS 'of each change: the id of the transfer, or of the account';
CREATE TABLE public.foreign_branches (
    id uuid NOT NULL,
    caller text NOT NULL COLLATE pg_catalog."C",
    transaction uuid NOT NULL,
    branch text NOT NULL COLLATE pg_catalog."C",
    account_id text COLLATE pg_catalog."C",
    direction text,
    amount bigint,
    currency text,
    begun_at timestamp with time zone NOT NULL,
    CONSTRAINT foreign_branches_amount_check CHECK ((amount > 0)),
    CONSTRAINT foreign_branches_check CHECK ((num_nulls(account_id, direction, amount) = ANY (ARRAY[0, 3]))),
    CONSTRAINT foreign_branches_direction_check CHECK ((direction = ANY (ARRAY['debit'::text, 'credit'::text])))
);
COMMENT ON TABLE public.foreign_branches IS 'what other coordinators asked of accounts here; decisions carry no payload and find their account by it';
COMMENT ON COLUMN public.foreign_branches.id IS 'made from caller, transaction and branch; the transaction_id of its entries in the journal';
COMMENT ON COLUMN public.foreign_branches.account_id IS 'none: aborted before any prepare, which is refused for ever';
CREATE TABLE public.idempotency_keys (
    scope text NOT NULL COLLATE pg_catalog."C",
    key text NOT NULL COLLATE pg_catalog."C",
    fingerprint text NOT NULL,
    transaction_id uuid,
    answer jsonb,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT idempotency_keys_check CHECK (((transaction_id IS NULL) <> (answer IS NULL)))
);
COMMENT ON TABLE public.idempotency_keys IS 'one row per keyed request: the transaction it started, or the answer of a command to one account';
CREATE TABLE public.journal (
    account_id text NOT NULL COLLATE pg_catalog."C",
    seq bigint NOT NULL,
    kind text NOT NULL,
    amount bigint NOT NULL,
    promised bigint,
    posting smallint,
    balance_after bigint NOT NULL,
    held_after bigint NOT NULL,
    incoming_after bigint NOT NULL,
    open_since bigint,
    transaction_id uuid,
    description text,
    metadata jsonb,
    requested_by text,
    occurred_at timestamp with time zone NOT NULL,
    CONSTRAINT journal_amount_check CHECK ((amount >= 0)),
    CONSTRAINT journal_held_after_check CHECK ((held_after >= 0)),
    CONSTRAINT journal_incoming_after_check CHECK ((incoming_after >= 0)),
    CONSTRAINT journal_kind_check CHECK ((kind = ANY (ARRAY['opened'::text, 'deposit'::text, 'withdraw'::text, 'hold'::text, 'expect'::text, 'spend'::text, 'receive'::text, 'release'::text, 'cancel'::text, 'tombstone'::text, 'carry'::text, 'terms'::text, 'closed'::text]))),
    CONSTRAINT journal_promised_check CHECK ((promised >= 0)),
    CONSTRAINT journal_seq_check CHECK ((seq > 0))
);
COMMENT ON TABLE public.journal IS 'append-only: every event of an account one row; its key is the fence between processes that write one account';
COMMENT ON COLUMN public.journal.promised IS 'what a spend or receive takes from the hold or expectation of its branch, where that is not its amount';
COMMENT ON COLUMN public.journal.posting IS 'which posting of its transaction, where that is not the first';
COMMENT ON COLUMN public.journal.open_since IS 'seq at which the oldest branch began that is open after this row';
CREATE TABLE public.ledgers (
    account_id text NOT NULL COLLATE pg_catalog."C",
    deposited numeric NOT NULL,
    deposit_count bigint NOT NULL,
    withdrawn numeric NOT NULL,
    withdraw_count bigint NOT NULL,
    last_activity_at timestamp with time zone NOT NULL
)
WITH (fillfactor='70');
COMMENT ON TABLE public.ledgers IS 'deposits and withdrawals of an account, added up in the statement that journals them; transfers are not in it';
CREATE TABLE public.refusals (
    account_id text NOT NULL COLLATE pg_catalog."C",
    transaction_id uuid NOT NULL
);
COMMENT ON TABLE public.refusals IS 'the accounts of a transaction that was refused as it was created: it left nothing in their journals';
CREATE TABLE public.sweeps (
    only_row boolean DEFAULT true NOT NULL,
    swept_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    looked_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT sweeps_only_row_check CHECK (only_row)
);
COMMENT ON TABLE public.sweeps IS 'when pending transactions were looked for';
COMMENT ON COLUMN public.sweeps.swept_at IS 'the last time that the schedule had it done, by any process';
COMMENT ON COLUMN public.sweeps.looked_at IS 'the last time at all, with or without the queue';
CREATE TABLE public.tandem_migrations (
    id integer NOT NULL,
    name character varying(255),
    batch integer,
    migration_time timestamp with time zone
);
CREATE SEQUENCE public.tandem_migrations_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.tandem_migrations_id_seq OWNED BY public.tandem_migrations.id;
CREATE TABLE public.tandem_migrations_lock (
    index integer NOT NULL,
    is_locked integer
);
CREATE SEQUENCE public.tandem_migrations_lock_index_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.tandem_migrations_lock_index_seq OWNED BY public.tandem_migrations_lock.index;
CREATE TABLE public.transactions (
    id uuid NOT NULL,
    type text NOT NULL,
    query jsonb NOT NULL,
    branches text[] NOT NULL,
    asked_first smallint NOT NULL,
    metadata jsonb,
    requested_by text,
    status text NOT NULL,
    reason jsonb,
    errors jsonb,
    votes jsonb,
    history jsonb,
    attempts integer DEFAULT 0 NOT NULL,
    deadline_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    next_attempt_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    decided_at timestamp with time zone,
    finished_at timestamp with time zone,
    CONSTRAINT transactions_status_check CHECK ((status = ANY (ARRAY['preparing'::text, 'authorized'::text, 'committing'::text, 'committed'::text, 'aborting'::text, 'aborted'::text, 'failed'::text])))
)
WITH (fillfactor='70');
COMMENT ON COLUMN public.transactions.reason IS 'why it was aborted; none on one that is to commit';
COMMENT ON COLUMN public.transactions.history IS 'what its times do not tell: when it was authorized, failed, resumed';
COMMENT ON COLUMN public.transactions.expires_at IS 'when the authorization ends; only of those that wait for a capture';
COMMENT ON COLUMN public.transactions.next_attempt_at IS 'when the sweep may hand this transaction to another driver';
COMMENT ON COLUMN public.transactions.decided_at IS 'the commit point: written once, by compare-and-set, never changed';
ALTER TABLE ONLY public.tandem_migrations ALTER COLUMN id SET DEFAULT nextval('public.tandem_migrations_id_seq'::regclass);
ALTER TABLE ONLY public.tandem_migrations_lock ALTER COLUMN index SET DEFAULT nextval('public.tandem_migrations_lock_index_seq'::regclass);
INSERT INTO public.accounts VALUES ('alice', NULL, 0, NULL, '2026-11-29 07:26:45.009+00', NULL);
INSERT INTO public.accounts VALUES ('bob', NULL, 0, NULL, '2026-11-29 07:26:45.017+00', NULL);
INSERT INTO public.accounts VALUES ('carol', NULL, 0, NULL, '2026-11-29 07:26:45.021+00', NULL);
INSERT INTO public.accounts VALUES ('shop', NULL, 500, NULL, '2026-11-29 07:26:45.033+00', NULL);
INSERT INTO public.accounts VALUES ('eu-1', 'EUR', 0, NULL, '2026-11-29 07:26:45.038+00', NULL);
INSERT INTO public.accounts VALUES ('eu-2', 'EUR', 0, NULL, '2026-11-29 07:26:45.041+00', NULL);
INSERT INTO public.accounts VALUES ('refunds/01a22632-fb43-775d-a7f8-7e2e61c3ad40/alice/bob', NULL, 0, NULL, '2026-11-29 07:26:45.128+00', NULL);
INSERT INTO public.accounts VALUES ('frozen', NULL, 0, 'debits', '2026-11-29 07:26:45.025+00', NULL);
INSERT INTO public.accounts VALUES ('closed', NULL, 0, NULL, '2026-11-29 07:26:45.028+00', '2026-11-29 07:26:45.178+00');
INSERT INTO public.branch_calls VALUES ('01a22632-fbbd-7ec3-82bd-cb9bf9e09c19', 'participants/away/b', NULL, 'prepare', 4, 'connection refused', '2026-11-29 07:26:45.520047+00', '2026-11-29 07:26:46.145047+00');
INSERT INTO public.feed VALUES ('741', '2026-11-29 07:26:45.009+00', '{account.opened}', '{alice}');
INSERT INTO public.feed VALUES ('742', '2026-11-29 07:26:45.017+00', '{account.opened}', '{bob}');
INSERT INTO public.feed VALUES ('743', '2026-11-29 07:26:45.021+00', '{account.opened}', '{carol}');
INSERT INTO public.feed VALUES ('744', '2026-11-29 07:26:45.025+00', '{account.opened}', '{frozen}');
INSERT INTO public.feed VALUES ('745', '2026-11-29 07:26:45.028+00', '{account.opened}', '{closed}');
INSERT INTO public.feed VALUES ('746', '2026-11-29 07:26:45.033+00', '{account.opened}', '{shop}');
INSERT INTO public.feed VALUES ('747', '2026-11-29 07:26:45.038+00', '{account.opened}', '{eu-1}');
INSERT INTO public.feed VALUES ('748', '2026-11-29 07:26:45.041+00', '{account.opened}', '{eu-2}');
INSERT INTO public.feed VALUES ('753', '2026-11-29 07:26:45.062+00', '{transfer.created}', '{01a22632-fb43-775d-a7f8-7e2e61c3ad40}');
INSERT INTO public.feed VALUES ('756', '2026-11-29 07:26:45.071+00', '{transfer.committed}', '{01a22632-fb43-775d-a7f8-7e2e61c3ad40}');
INSERT INTO public.feed VALUES ('758', '2026-11-29 07:26:45.08+00', '{transfer.created,transfer.aborted}', '{01a22632-fb55-7021-81b7-7c871ef8c742,01a22632-fb55-7021-81b7-7c871ef8c742}');
INSERT INTO public.feed VALUES ('759', '2026-11-29 07:26:45.084+00', '{transfer.created}', '{01a22632-fb5b-734d-9dc9-30e1c1bee219}');
INSERT INTO public.feed VALUES ('762', '2026-11-29 07:26:45.089+00', '{transfer.committed}', '{01a22632-fb5b-734d-9dc9-30e1c1bee219}');
INSERT INTO public.feed VALUES ('764', '2026-11-29 07:26:45.096+00', '{transfer.created}', '{01a22632-fb67-7fa5-a67e-f9aa4cb6e18c}');
INSERT INTO public.feed VALUES ('767', '2026-11-29 07:26:45.101+00', '{transfer.committed}', '{01a22632-fb67-7fa5-a67e-f9aa4cb6e18c}');
INSERT INTO public.feed VALUES ('769', '2026-11-29 07:26:45.113+00', '{transfer.created}', '{01a22632-fb76-780c-b2bd-10cedeffad32}');
INSERT INTO public.feed VALUES ('772', '2026-11-29 07:26:45.12+00', '{transfer.committed}', '{01a22632-fb76-780c-b2bd-10cedeffad32}');
INSERT INTO public.feed VALUES ('774', '2026-11-29 07:26:45.128+00', '{account.opened}', '{refunds/01a22632-fb43-775d-a7f8-7e2e61c3ad40/alice/bob}');
INSERT INTO public.feed VALUES ('776', '2026-11-29 07:26:45.131+00', '{transfer.created}', '{01a22632-fb8a-7259-9a74-a0a5e4b06d20}');
INSERT INTO public.feed VALUES ('779', '2026-11-29 07:26:45.134+00', '{transfer.committed}', '{01a22632-fb8a-7259-9a74-a0a5e4b06d20}');
INSERT INTO public.feed VALUES ('781', '2026-11-29 07:26:45.14+00', '{transfer.created,transfer.authorized}', '{01a22632-fb93-7d1c-8b53-4389e53b9c5e,01a22632-fb93-7d1c-8b53-4389e53b9c5e}');
INSERT INTO public.feed VALUES ('785', '2026-11-29 07:26:45.148+00', '{transfer.committed}', '{01a22632-fb93-7d1c-8b53-4389e53b9c5e}');
INSERT INTO public.feed VALUES ('787', '2026-11-29 07:26:45.154+00', '{transfer.created,transfer.authorized}', '{01a22632-fba0-7d96-b769-57f8529a7f8e,01a22632-fba0-7d96-b769-57f8529a7f8e}');
INSERT INTO public.feed VALUES ('791', '2026-11-29 07:26:45.161+00', '{transfer.aborted}', '{01a22632-fba0-7d96-b769-57f8529a7f8e}');
INSERT INTO public.feed VALUES ('793', '2026-11-29 07:26:45.17+00', '{transfer.created,transfer.authorized}', '{01a22632-fbad-79ac-b1f8-260b1a0e08cd,01a22632-fbad-79ac-b1f8-260b1a0e08cd}');
INSERT INTO public.feed VALUES ('794', '2026-11-29 07:26:45.174+00', '{account.frozen}', '{frozen}');
INSERT INTO public.feed VALUES ('795', '2026-11-29 07:26:45.178+00', '{account.closed}', '{closed}');
INSERT INTO public.feed VALUES ('796', '2026-11-29 07:26:45.184+00', '{transfer.created}', '{01a22632-fbbd-7ec3-82bd-cb9bf9e09c19}');
INSERT INTO public.idempotency_keys VALUES ('', '01a22632-fb03-7885-89fe-bce860fa246b', '', NULL, '{"held": 0, "kind": "accepted", "balance": 0, "incoming": 0, "available": 0}', '2026-11-29 07:26:45.009+00');
INSERT INTO public.idempotency_keys VALUES ('', '01a22632-fb18-70f5-8768-1828215691d7', '', NULL, '{"held": 0, "kind": "accepted", "balance": 0, "incoming": 0, "available": 0}', '2026-11-29 07:26:45.017+00');
INSERT INTO public.idempotency_keys VALUES ('', '01a22632-fb1c-7b67-95b0-b5009c4c8492', '', NULL, '{"held": 0, "kind": "accepted", "balance": 0, "incoming": 0, "available": 0}', '2026-11-29 07:26:45.021+00');
INSERT INTO public.idempotency_keys VALUES ('', '01a22632-fb20-7b78-8452-ce62a5d993b8', '', NULL, '{"held": 0, "kind": "accepted", "balance": 0, "incoming": 0, "available": 0}', '2026-11-29 07:26:45.025+00');
INSERT INTO public.idempotency_keys VALUES ('', '01a22632-fb23-7f2b-b44f-baf50bbba8db', '', NULL, '{"held": 0, "kind": "accepted", "balance": 0, "incoming": 0, "available": 0}', '2026-11-29 07:26:45.028+00');
INSERT INTO public.idempotency_keys VALUES ('', '01a22632-fb28-7d1c-a3fe-9e6a3efc1bf6', '', NULL, '{"held": 0, "kind": "accepted", "balance": 0, "incoming": 0, "available": 500}', '2026-11-29 07:26:45.033+00');
INSERT INTO public.idempotency_keys VALUES ('', '01a22632-fb2d-75c8-a37b-3927ac5405dd', '', NULL, '{"held": 0, "kind": "accepted", "balance": 0, "incoming": 0, "available": 0}', '2026-11-29 07:26:45.038+00');
INSERT INTO public.idempotency_keys VALUES ('', '01a22632-fb31-7531-8ee8-09032fdfb46e', '', NULL, '{"held": 0, "kind": "accepted", "balance": 0, "incoming": 0, "available": 0}', '2026-11-29 07:26:45.041+00');
INSERT INTO public.idempotency_keys VALUES ('admin/admin', 'deposit-1', 'KzQg2mENr2OvbfbVpB3rFu6Vc-g2bwjA0z2wwfEQ92w', NULL, '{"held": 0, "kind": "accepted", "balance": 1000, "incoming": 0, "available": 1000}', '2026-11-29 07:26:45.047+00');
INSERT INTO public.idempotency_keys VALUES ('admin/admin', 'f9a7c618-63c0-4c14-aa77-72ea54235f57', '82XMnNS0dF1xCqxC2h09F6c6y-j0-OJs4hxncrxrvqg', NULL, '{"held": 0, "kind": "accepted", "balance": 70, "incoming": 0, "available": 70}', '2026-11-29 07:26:45.051+00');
INSERT INTO public.idempotency_keys VALUES ('admin/admin', '5f85903d-9483-415e-951c-b995b8bca617', 'Xg1ttYSIOjpCd8R_FI2BpF1IwLJdtIawl48OI4xtrlw', NULL, '{"held": 0, "kind": "accepted", "balance": 5, "incoming": 0, "available": 5}', '2026-11-29 07:26:45.054+00');
INSERT INTO public.idempotency_keys VALUES ('admin/admin', 'ccdf1896-059a-4ea4-ab6b-f2ec6d0c93aa', '1JmDjxhK-hocCMNSWZsnKjiv2Nqz8sRTbIfkBw5G4-4', NULL, '{"held": 0, "kind": "accepted", "balance": 950, "incoming": 0, "available": 950}', '2026-11-29 07:26:45.056+00');
INSERT INTO public.idempotency_keys VALUES ('admin/admin', 'rent', 'qrwBHVwJ074ENVUZ-aFOJa65nMRFKfzv--SZaM4Uwxg', '01a22632-fb43-775d-a7f8-7e2e61c3ad40', NULL, '2026-11-29 07:26:45.062+00');
INSERT INTO public.idempotency_keys VALUES ('admin/admin', 'too much', 'wUjZSry3gxyMRW9AHQOs-JbfVXVr5Yj809B1SFWT1JM', '01a22632-fb55-7021-81b7-7c871ef8c742', NULL, '2026-11-29 07:26:45.08+00');
INSERT INTO public.idempotency_keys VALUES ('admin/admin', '0db7af7f-bf64-4da7-a9d5-cfce012f8a63', 'P7DX37fen0E-OTbg0_v_8vRU4DckmggxZzq6MM5Rjbk', '01a22632-fb5b-734d-9dc9-30e1c1bee219', NULL, '2026-11-29 07:26:45.084+00');
INSERT INTO public.idempotency_keys VALUES ('admin/admin', '78acf341-a68f-4456-8577-a8da8387cea5', 'CVmEGmMbSaV7B2VPuXsOYwjjn2y3zPl7_eiQDyE_PL4', '01a22632-fb67-7fa5-a67e-f9aa4cb6e18c', NULL, '2026-11-29 07:26:45.096+00');
INSERT INTO public.idempotency_keys VALUES ('admin/admin', '7dbbcebb-b3c0-4696-af54-ad55fee9dde0', 'PlAJdF1kuk40m0Hhq1L_o-4dL9xKOdf5R16woce5wrU', '01a22632-fb76-780c-b2bd-10cedeffad32', NULL, '2026-11-29 07:26:45.113+00');
INSERT INTO public.idempotency_keys VALUES ('', '01a22632-fb87-7df4-a3fb-cbce1530827c', '', NULL, '{"held": 0, "kind": "accepted", "balance": 0, "incoming": 0, "available": 0}', '2026-11-29 07:26:45.128+00');
INSERT INTO public.idempotency_keys VALUES ('', 'refunds/01a22632-fb43-775d-a7f8-7e2e61c3ad40/alice/bob', '100', NULL, '{"held": 0, "kind": "accepted", "balance": 100, "incoming": 0, "available": 100}', '2026-11-29 07:26:45.129+00');
INSERT INTO public.idempotency_keys VALUES ('admin/admin', 'd0c07492-dcbd-4403-898a-e7150ef9e25b', '0r5vUpywRz7yumjTGzpdGpAO03_QXhE9r-2kyGfjBfc', '01a22632-fb8a-7259-9a74-a0a5e4b06d20', NULL, '2026-11-29 07:26:45.131+00');
INSERT INTO public.idempotency_keys VALUES ('admin/admin', '2e78ac6c-77ba-4301-865d-f4f1a0358df3', 'vbS4qpqAWA3o0jhT_MM0zOt8cO2v31ZmUHjMiLTxRYs', '01a22632-fb93-7d1c-8b53-4389e53b9c5e', NULL, '2026-11-29 07:26:45.14+00');
INSERT INTO public.idempotency_keys VALUES ('admin/admin', 'e278648d-357d-435a-9f60-6433c5373f4a', 'VvE8XhSl5PWfYf8n-Y6vc0UzmoxFlIP3BKHu5zIjbrE', '01a22632-fba0-7d96-b769-57f8529a7f8e', NULL, '2026-11-29 07:26:45.154+00');
INSERT INTO public.idempotency_keys VALUES ('admin/admin', '6e751009-e25f-4e16-931b-a8dee72b5127', 't_hqVYa84JAK-eKdfpeDqHWwAro534PBr295KDCRUCw', '01a22632-fbad-79ac-b1f8-260b1a0e08cd', NULL, '2026-11-29 07:26:45.17+00');
INSERT INTO public.idempotency_keys VALUES ('', '01a22632-fbb6-780b-871d-dc66a32511cd', '', NULL, '{"held": 0, "kind": "accepted", "balance": 5, "incoming": 0, "available": 5}', '2026-11-29 07:26:45.174+00');
INSERT INTO public.idempotency_keys VALUES ('', '01a22632-fbba-7696-9948-3f157dc4db52', '', NULL, '{"held": 0, "kind": "accepted", "balance": 0, "incoming": 0, "available": 0}', '2026-11-29 07:26:45.178+00');
INSERT INTO public.idempotency_keys VALUES ('admin/admin', '35bd994c-9770-4d74-910c-cf6b9cc4dfb4', 'MwiXsMe_xfaTEhXLHXIb7by51JigSR2W8tAj0pIcn9U', '01a22632-fbbd-7ec3-82bd-cb9bf9e09c19', NULL, '2026-11-29 07:26:45.184+00');
INSERT INTO public.journal VALUES ('alice', 1, 'opened', 0, NULL, NULL, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, '2026-11-29 07:26:45.009+00');
INSERT INTO public.journal VALUES ('bob', 1, 'opened', 0, NULL, NULL, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, '2026-11-29 07:26:45.017+00');
INSERT INTO public.journal VALUES ('carol', 1, 'opened', 0, NULL, NULL, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, '2026-11-29 07:26:45.021+00');
INSERT INTO public.journal VALUES ('frozen', 1, 'opened', 0, NULL, NULL, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, '2026-11-29 07:26:45.025+00');
INSERT INTO public.journal VALUES ('closed', 1, 'opened', 0, NULL, NULL, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, '2026-11-29 07:26:45.028+00');
INSERT INTO public.journal VALUES ('shop', 1, 'opened', 0, NULL, NULL, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, '2026-11-29 07:26:45.033+00');
INSERT INTO public.journal VALUES ('eu-1', 1, 'opened', 0, NULL, NULL, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, '2026-11-29 07:26:45.038+00');
INSERT INTO public.journal VALUES ('eu-2', 1, 'opened', 0, NULL, NULL, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, '2026-11-29 07:26:45.041+00');
INSERT INTO public.journal VALUES ('alice', 2, 'deposit', 1000, NULL, NULL, 1000, 0, 0, NULL, NULL, 'in the beginning', '{"n": 1}', 'admin', '2026-11-29 07:26:45.047+00');
INSERT INTO public.journal VALUES ('eu-1', 2, 'deposit', 70, NULL, NULL, 70, 0, 0, NULL, NULL, NULL, NULL, 'admin', '2026-11-29 07:26:45.051+00');
INSERT INTO public.journal VALUES ('frozen', 2, 'deposit', 5, NULL, NULL, 5, 0, 0, NULL, NULL, NULL, NULL, 'admin', '2026-11-29 07:26:45.054+00');
INSERT INTO public.journal VALUES ('alice', 3, 'withdraw', 50, NULL, NULL, 950, 0, 0, NULL, NULL, NULL, NULL, 'admin', '2026-11-29 07:26:45.056+00');
INSERT INTO public.journal VALUES ('alice', 4, 'hold', 100, NULL, NULL, 950, 100, 0, 4, '01a22632-fb43-775d-a7f8-7e2e61c3ad40', NULL, NULL, NULL, '2026-11-29 07:26:45.062+00');
INSERT INTO public.journal VALUES ('bob', 2, 'expect', 100, NULL, NULL, 0, 0, 100, 2, '01a22632-fb43-775d-a7f8-7e2e61c3ad40', NULL, NULL, NULL, '2026-11-29 07:26:45.062+00');
INSERT INTO public.journal VALUES ('alice', 5, 'spend', 100, NULL, NULL, 850, 0, 0, NULL, '01a22632-fb43-775d-a7f8-7e2e61c3ad40', NULL, NULL, NULL, '2026-11-29 07:26:45.071+00');
INSERT INTO public.journal VALUES ('bob', 3, 'receive', 100, NULL, NULL, 100, 0, 0, NULL, '01a22632-fb43-775d-a7f8-7e2e61c3ad40', NULL, NULL, NULL, '2026-11-29 07:26:45.071+00');
INSERT INTO public.journal VALUES ('alice', 6, 'hold', 10, NULL, NULL, 850, 10, 0, 6, '01a22632-fb5b-734d-9dc9-30e1c1bee219', NULL, NULL, NULL, '2026-11-29 07:26:45.084+00');
INSERT INTO public.journal VALUES ('bob', 4, 'expect', 7, NULL, NULL, 100, 0, 7, 4, '01a22632-fb5b-734d-9dc9-30e1c1bee219', NULL, NULL, NULL, '2026-11-29 07:26:45.084+00');
INSERT INTO public.journal VALUES ('shop', 2, 'expect', 3, NULL, NULL, 0, 0, 3, 2, '01a22632-fb5b-734d-9dc9-30e1c1bee219', NULL, NULL, NULL, '2026-11-29 07:26:45.084+00');
INSERT INTO public.journal VALUES ('alice', 7, 'spend', 7, 10, NULL, 843, 0, 0, NULL, '01a22632-fb5b-734d-9dc9-30e1c1bee219', NULL, NULL, NULL, '2026-11-29 07:26:45.089+00');
INSERT INTO public.journal VALUES ('alice', 8, 'spend', 3, 0, 1, 840, 0, 0, NULL, '01a22632-fb5b-734d-9dc9-30e1c1bee219', NULL, NULL, NULL, '2026-11-29 07:26:45.089+00');
INSERT INTO public.journal VALUES ('bob', 5, 'receive', 7, NULL, NULL, 107, 0, 0, NULL, '01a22632-fb5b-734d-9dc9-30e1c1bee219', NULL, NULL, NULL, '2026-11-29 07:26:45.089+00');
INSERT INTO public.journal VALUES ('shop', 3, 'receive', 3, NULL, 1, 3, 0, 0, NULL, '01a22632-fb5b-734d-9dc9-30e1c1bee219', NULL, NULL, NULL, '2026-11-29 07:26:45.089+00');
INSERT INTO public.journal VALUES ('carol', 2, 'expect', 20, NULL, NULL, 0, 0, 20, 2, '01a22632-fb67-7fa5-a67e-f9aa4cb6e18c', NULL, NULL, NULL, '2026-11-29 07:26:45.096+00');
INSERT INTO public.journal VALUES ('shop', 4, 'hold', 20, NULL, NULL, 3, 20, 0, 4, '01a22632-fb67-7fa5-a67e-f9aa4cb6e18c', NULL, NULL, NULL, '2026-11-29 07:26:45.096+00');
INSERT INTO public.journal VALUES ('carol', 3, 'receive', 20, NULL, NULL, 20, 0, 0, NULL, '01a22632-fb67-7fa5-a67e-f9aa4cb6e18c', NULL, NULL, NULL, '2026-11-29 07:26:45.101+00');
INSERT INTO public.journal VALUES ('shop', 5, 'spend', 20, NULL, NULL, -17, 0, 0, NULL, '01a22632-fb67-7fa5-a67e-f9aa4cb6e18c', NULL, NULL, NULL, '2026-11-29 07:26:45.101+00');
INSERT INTO public.journal VALUES ('eu-1', 3, 'hold', 30, NULL, NULL, 70, 30, 0, 3, '01a22632-fb76-780c-b2bd-10cedeffad32', NULL, NULL, NULL, '2026-11-29 07:26:45.113+00');
INSERT INTO public.journal VALUES ('eu-2', 2, 'expect', 30, NULL, NULL, 0, 0, 30, 2, '01a22632-fb76-780c-b2bd-10cedeffad32', NULL, NULL, NULL, '2026-11-29 07:26:45.113+00');
INSERT INTO public.journal VALUES ('eu-1', 4, 'spend', 30, NULL, NULL, 40, 0, 0, NULL, '01a22632-fb76-780c-b2bd-10cedeffad32', NULL, NULL, NULL, '2026-11-29 07:26:45.12+00');
INSERT INTO public.journal VALUES ('eu-2', 3, 'receive', 30, NULL, NULL, 30, 0, 0, NULL, '01a22632-fb76-780c-b2bd-10cedeffad32', NULL, NULL, NULL, '2026-11-29 07:26:45.12+00');
INSERT INTO public.journal VALUES ('refunds/01a22632-fb43-775d-a7f8-7e2e61c3ad40/alice/bob', 1, 'opened', 0, NULL, NULL, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, '2026-11-29 07:26:45.128+00');
INSERT INTO public.journal VALUES ('refunds/01a22632-fb43-775d-a7f8-7e2e61c3ad40/alice/bob', 2, 'deposit', 100, NULL, NULL, 100, 0, 0, NULL, NULL, NULL, NULL, NULL, '2026-11-29 07:26:45.129+00');
INSERT INTO public.journal VALUES ('alice', 9, 'expect', 30, NULL, NULL, 840, 0, 30, 9, '01a22632-fb8a-7259-9a74-a0a5e4b06d20', NULL, NULL, NULL, '2026-11-29 07:26:45.131+00');
INSERT INTO public.journal VALUES ('bob', 6, 'hold', 30, NULL, NULL, 107, 30, 0, 6, '01a22632-fb8a-7259-9a74-a0a5e4b06d20', NULL, NULL, NULL, '2026-11-29 07:26:45.131+00');
INSERT INTO public.journal VALUES ('refunds/01a22632-fb43-775d-a7f8-7e2e61c3ad40/alice/bob', 3, 'hold', 30, NULL, NULL, 100, 30, 0, 3, '01a22632-fb8a-7259-9a74-a0a5e4b06d20', NULL, NULL, NULL, '2026-11-29 07:26:45.131+00');
INSERT INTO public.journal VALUES ('alice', 10, 'receive', 30, NULL, NULL, 870, 0, 0, NULL, '01a22632-fb8a-7259-9a74-a0a5e4b06d20', NULL, NULL, NULL, '2026-11-29 07:26:45.134+00');
INSERT INTO public.journal VALUES ('bob', 7, 'spend', 30, NULL, NULL, 77, 0, 0, NULL, '01a22632-fb8a-7259-9a74-a0a5e4b06d20', NULL, NULL, NULL, '2026-11-29 07:26:45.134+00');
INSERT INTO public.journal VALUES ('refunds/01a22632-fb43-775d-a7f8-7e2e61c3ad40/alice/bob', 4, 'spend', 30, NULL, NULL, 70, 0, 0, NULL, '01a22632-fb8a-7259-9a74-a0a5e4b06d20', NULL, NULL, NULL, '2026-11-29 07:26:45.134+00');
INSERT INTO public.journal VALUES ('alice', 11, 'hold', 60, NULL, NULL, 870, 60, 0, 11, '01a22632-fb93-7d1c-8b53-4389e53b9c5e', NULL, NULL, NULL, '2026-11-29 07:26:45.14+00');
INSERT INTO public.journal VALUES ('shop', 6, 'expect', 60, NULL, NULL, -17, 0, 60, 6, '01a22632-fb93-7d1c-8b53-4389e53b9c5e', NULL, NULL, NULL, '2026-11-29 07:26:45.14+00');
INSERT INTO public.journal VALUES ('alice', 12, 'spend', 25, 60, NULL, 845, 0, 0, NULL, '01a22632-fb93-7d1c-8b53-4389e53b9c5e', NULL, NULL, NULL, '2026-11-29 07:26:45.148+00');
INSERT INTO public.journal VALUES ('shop', 7, 'receive', 25, 60, NULL, 8, 0, 0, NULL, '01a22632-fb93-7d1c-8b53-4389e53b9c5e', NULL, NULL, NULL, '2026-11-29 07:26:45.148+00');
INSERT INTO public.journal VALUES ('alice', 13, 'hold', 11, NULL, NULL, 845, 11, 0, 13, '01a22632-fba0-7d96-b769-57f8529a7f8e', NULL, NULL, NULL, '2026-11-29 07:26:45.154+00');
INSERT INTO public.journal VALUES ('shop', 8, 'expect', 11, NULL, NULL, 8, 0, 11, 8, '01a22632-fba0-7d96-b769-57f8529a7f8e', NULL, NULL, NULL, '2026-11-29 07:26:45.154+00');
INSERT INTO public.journal VALUES ('alice', 14, 'release', 11, NULL, NULL, 845, 0, 0, NULL, '01a22632-fba0-7d96-b769-57f8529a7f8e', NULL, NULL, NULL, '2026-11-29 07:26:45.161+00');
INSERT INTO public.journal VALUES ('shop', 9, 'cancel', 11, NULL, NULL, 8, 0, 0, NULL, '01a22632-fba0-7d96-b769-57f8529a7f8e', NULL, NULL, NULL, '2026-11-29 07:26:45.161+00');
INSERT INTO public.journal VALUES ('alice', 15, 'hold', 40, NULL, NULL, 845, 40, 0, 15, '01a22632-fbad-79ac-b1f8-260b1a0e08cd', NULL, NULL, NULL, '2026-11-29 07:26:45.17+00');
INSERT INTO public.journal VALUES ('shop', 10, 'expect', 40, NULL, NULL, 8, 0, 40, 10, '01a22632-fbad-79ac-b1f8-260b1a0e08cd', NULL, NULL, NULL, '2026-11-29 07:26:45.17+00');
INSERT INTO public.journal VALUES ('frozen', 3, 'terms', 0, NULL, NULL, 5, 0, 0, NULL, NULL, NULL, NULL, NULL, '2026-11-29 07:26:45.174+00');
INSERT INTO public.journal VALUES ('closed', 2, 'closed', 0, NULL, NULL, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, '2026-11-29 07:26:45.178+00');
INSERT INTO public.journal VALUES ('bob', 8, 'hold', 9, NULL, NULL, 77, 9, 0, 8, '01a22632-fbbd-7ec3-82bd-cb9bf9e09c19', NULL, NULL, NULL, '2026-11-29 07:26:45.196+00');
INSERT INTO public.journal VALUES ('alice', 16, 'expect', 9, NULL, NULL, 845, 40, 9, 15, '01a22632-fbbd-7ec3-82bd-cb9bf9e09c19', NULL, NULL, NULL, '2026-11-29 07:26:45.202+00');
INSERT INTO public.ledgers VALUES ('eu-1', 70, 1, 0, 0, '2026-11-29 07:26:45.051+00');
INSERT INTO public.ledgers VALUES ('frozen', 5, 1, 0, 0, '2026-11-29 07:26:45.054+00');
INSERT INTO public.ledgers VALUES ('alice', 1000, 1, 50, 1, '2026-11-29 07:26:45.056+00');
INSERT INTO public.ledgers VALUES ('refunds/01a22632-fb43-775d-a7f8-7e2e61c3ad40/alice/bob', 100, 1, 0, 0, '2026-11-29 07:26:45.129+00');
INSERT INTO public.refusals VALUES ('bob', '01a22632-fb55-7021-81b7-7c871ef8c742');
INSERT INTO public.refusals VALUES ('alice', '01a22632-fb55-7021-81b7-7c871ef8c742');
INSERT INTO public.sweeps VALUES (true, '2026-11-29 07:26:44.969409+00', '2026-11-29 07:26:44.969409+00');
INSERT INTO public.tandem_migrations VALUES (1, '0001_journal', 1, '2026-11-29 07:26:44.825+00');
INSERT INTO public.tandem_migrations VALUES (2, '0002_transactions', 1, '2026-11-29 07:26:44.833+00');
INSERT INTO public.tandem_migrations VALUES (3, '0003_feed', 1, '2026-11-29 07:26:44.836+00');
INSERT INTO public.tandem_migrations VALUES (4, '0004_foreign_branches', 1, '2026-11-29 07:26:44.838+00');
INSERT INTO public.tandem_migrations VALUES (5, '0005_branch_calls', 1, '2026-11-29 07:26:44.841+00');
INSERT INTO public.tandem_migrations VALUES (6, '0006_looked_at', 1, '2026-11-29 07:26:44.842+00');
INSERT INTO public.tandem_migrations_lock VALUES (1, 0);
INSERT INTO public.transactions VALUES ('01a22632-fb43-775d-a7f8-7e2e61c3ad40', 'transfer', '{"postings": [{"amount": 100, "origin": "alice", "destination": "bob"}]}', '{alice,bob}', 1, '{"invoice": "R-1"}', 'admin', 'committed', NULL, NULL, NULL, NULL, 0, '2026-11-29 07:26:55.062+00', NULL, '2026-11-29 07:26:47.062+00', '2026-11-29 07:26:45.062+00', '2026-11-29 07:26:45.062+00', '2026-11-29 07:26:45.071+00');
INSERT INTO public.transactions VALUES ('01a22632-fb55-7021-81b7-7c871ef8c742', 'transfer', '{"postings": [{"amount": 99999, "origin": "bob", "destination": "alice"}]}', '{bob,alice}', 1, NULL, 'admin', 'aborted', '{"kind": "branches", "reasons": [{"branch": "bob", "reason": {"kind": "insufficient-funds", "account": "bob", "missing": 99899}}]}', NULL, '[{"vote": "abort", "branch": "bob"}]', NULL, 0, '2026-11-29 07:26:55.08+00', NULL, '2026-11-29 07:26:47.08+00', '2026-11-29 07:26:45.08+00', '2026-11-29 07:26:45.08+00', '2026-11-29 07:26:45.08+00');
INSERT INTO public.transactions VALUES ('01a22632-fb5b-734d-9dc9-30e1c1bee219', 'transfer', '{"postings": [{"amount": 7, "origin": "alice", "destination": "bob"}, {"amount": 3, "origin": "alice", "destination": "shop"}]}', '{alice,bob,shop}', 1, NULL, 'admin', 'committed', NULL, NULL, NULL, NULL, 0, '2026-11-29 07:26:55.084+00', NULL, '2026-11-29 07:26:47.084+00', '2026-11-29 07:26:45.084+00', '2026-11-29 07:26:45.084+00', '2026-11-29 07:26:45.089+00');
INSERT INTO public.transactions VALUES ('01a22632-fb67-7fa5-a67e-f9aa4cb6e18c', 'transfer', '{"postings": [{"amount": 20, "origin": "shop", "destination": "carol"}]}', '{shop,carol}', 1, NULL, 'admin', 'committed', NULL, NULL, NULL, NULL, 0, '2026-11-29 07:26:55.096+00', NULL, '2026-11-29 07:26:47.096+00', '2026-11-29 07:26:45.096+00', '2026-11-29 07:26:45.096+00', '2026-11-29 07:26:45.101+00');
INSERT INTO public.transactions VALUES ('01a22632-fb76-780c-b2bd-10cedeffad32', 'transfer', '{"currency": "EUR", "postings": [{"amount": 30, "origin": "eu-1", "destination": "eu-2"}]}', '{eu-1,eu-2}', 1, NULL, 'admin', 'committed', NULL, NULL, NULL, NULL, 0, '2026-11-29 07:26:55.113+00', NULL, '2026-11-29 07:26:47.113+00', '2026-11-29 07:26:45.113+00', '2026-11-29 07:26:45.113+00', '2026-11-29 07:26:45.12+00');
INSERT INTO public.transactions VALUES ('01a22632-fb8a-7259-9a74-a0a5e4b06d20', 'transfer', '{"refunds": "01a22632-fb43-775d-a7f8-7e2e61c3ad40", "postings": [{"amount": 30, "origin": "bob", "destination": "alice"}]}', '{refunds/01a22632-fb43-775d-a7f8-7e2e61c3ad40/alice/bob,bob,alice}', 2, NULL, 'admin', 'committed', NULL, NULL, NULL, NULL, 0, '2026-11-29 07:26:55.131+00', NULL, '2026-11-29 07:26:47.131+00', '2026-11-29 07:26:45.131+00', '2026-11-29 07:26:45.131+00', '2026-11-29 07:26:45.134+00');
INSERT INTO public.transactions VALUES ('01a22632-fb93-7d1c-8b53-4389e53b9c5e', 'transfer', '{"capture": "manual", "captured": [25], "postings": [{"amount": 60, "origin": "alice", "destination": "shop"}]}', '{alice,shop}', 1, NULL, 'admin', 'committed', NULL, NULL, NULL, '[{"at": "2026-11-29T07:26:45.140Z", "status": "authorized"}]', 0, '2026-11-29 07:26:55.14+00', '2026-12-30 07:26:45.14+00', '2026-11-29 07:26:45.145+00', '2026-11-29 07:26:45.14+00', '2026-11-29 07:26:45.145+00', '2026-11-29 07:26:45.148+00');
INSERT INTO public.transactions VALUES ('01a22632-fba0-7d96-b769-57f8529a7f8e', 'transfer', '{"capture": "manual", "postings": [{"amount": 11, "origin": "alice", "destination": "shop"}]}', '{alice,shop}', 1, NULL, 'admin', 'aborted', '{"kind": "voided", "reason": "changed my mind"}', NULL, NULL, '[{"at": "2026-11-29T07:26:45.154Z", "status": "authorized"}]', 0, '2026-11-29 07:26:55.154+00', '2026-12-30 07:26:45.154+00', '2026-11-29 07:26:45.157+00', '2026-11-29 07:26:45.154+00', '2026-11-29 07:26:45.157+00', '2026-11-29 07:26:45.161+00');
INSERT INTO public.transactions VALUES ('01a22632-fbad-79ac-b1f8-260b1a0e08cd', 'transfer', '{"capture": "manual", "postings": [{"amount": 40, "origin": "alice", "destination": "shop"}]}', '{alice,shop}', 1, NULL, 'admin', 'authorized', NULL, NULL, NULL, '[{"at": "2026-11-29T07:26:45.170Z", "status": "authorized"}]', 0, '2026-11-29 07:26:55.17+00', '2026-12-30 07:26:45.17+00', '2026-12-30 07:26:45.17+00', '2026-11-29 07:26:45.17+00', NULL, NULL);
INSERT INTO public.transactions VALUES ('01a22632-fbbd-7ec3-82bd-cb9bf9e09c19', 'transfer', '{"postings": [{"amount": 9, "origin": "bob", "destination": "alice"}], "participants": [{"branch": "b", "payload": {}, "participant": "away"}]}', '{bob,alice,participants/away/b}', 1, NULL, 'admin', 'preparing', NULL, NULL, NULL, NULL, 1, '2026-11-29 07:36:45.184+00', NULL, '2026-11-29 07:26:48.144974+00', '2026-11-29 07:26:45.184+00', NULL, NULL);
SELECT pg_catalog.setval('public.tandem_migrations_id_seq', 6, true);
SELECT pg_catalog.setval('public.tandem_migrations_lock_index_seq', 1, true);
ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.branch_calls
    ADD CONSTRAINT branch_calls_pkey PRIMARY KEY (transaction_id, branch);
ALTER TABLE ONLY public.feed
    ADD CONSTRAINT feed_pkey PRIMARY KEY ("position");
ALTER TABLE ONLY public.foreign_branches
    ADD CONSTRAINT foreign_branches_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (scope, key);
ALTER TABLE ONLY public.journal
    ADD CONSTRAINT journal_pkey PRIMARY KEY (account_id, seq);
ALTER TABLE ONLY public.ledgers
    ADD CONSTRAINT ledgers_pkey PRIMARY KEY (account_id);
ALTER TABLE ONLY public.refusals
    ADD CONSTRAINT refusals_pkey PRIMARY KEY (account_id, transaction_id);
ALTER TABLE ONLY public.sweeps
    ADD CONSTRAINT sweeps_pkey PRIMARY KEY (only_row);
ALTER TABLE ONLY public.tandem_migrations_lock
    ADD CONSTRAINT tandem_migrations_lock_pkey PRIMARY KEY (index);
ALTER TABLE ONLY public.tandem_migrations
    ADD CONSTRAINT tandem_migrations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.transactions
    ADD CONSTRAINT transactions_pkey PRIMARY KEY (id);
CREATE INDEX idempotency_keys_by_age ON public.idempotency_keys USING brin (created_at) WITH (pages_per_range='16');
CREATE INDEX journal_branches ON public.journal USING btree (account_id, transaction_id) WHERE (transaction_id IS NOT NULL);
CREATE INDEX ledgers_by_net ON public.ledgers USING btree (((deposited - withdrawn)) DESC, account_id);
CREATE INDEX transactions_failed ON public.transactions USING btree (id) WHERE (errors IS NOT NULL);
CREATE INDEX transactions_metadata ON public.transactions USING gin (metadata jsonb_path_ops) WHERE (metadata IS NOT NULL);
CREATE INDEX transactions_pending ON public.transactions USING btree (next_attempt_at) WHERE (finished_at IS NULL);
