-- The ledger: what was spent and what is reserved. Its invariants stand in ledger.ts.

-- Whoever changes what counts in an account holds the lock of its row.
create table ledger_accounts (
  book         text   not null,
  account      text   not null,
  spent_tokens bigint not null default 0,
  spent_money  bigint not null default 0,
  -- The sum of its reservations that neither lapsed nor were settled.
  held_tokens  bigint not null default 0,
  held_money   bigint not null default 0,
  -- Moves by whole days, so that most changes touch no index.
  keep_until   bigint not null,
  primary key (book, account)
) with (fillfactor = 70);
create index ledger_accounts_kept on ledger_accounts (keep_until);

-- A row for each account that a reservation counts in.
create table ledger_reservations (
  book       text    not null,
  id         text    not null,
  account    text    not null,
  tokens     bigint  not null,
  money      bigint  not null,
  keep_ms    bigint  not null,
  -- When it lapses; of a settled one, when it was settled.
  expires_at bigint  not null,
  lapsed     boolean not null default false,
  settled    boolean not null default false,
  primary key (book, id, account)
);
create index ledger_reservations_held on ledger_reservations (book, account, expires_at) where not lapsed and not settled;
create index ledger_reservations_ended on ledger_reservations (expires_at) where lapsed or settled;
