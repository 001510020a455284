-- outside a transaction
-- Accounts of channels are numbers. 0.1.0 named Telegram's by the bot's username. These indexes find what still stands under a
-- name, and are empty once it has moved. The web's accounts are names of assistants and stay.
drop index concurrently if exists sessions_named;
create index concurrently sessions_named on sessions (address) where address !~ '^(web:|[a-z][a-z0-9_-]*:[0-9]+:)';

drop index concurrently if exists ledger_accounts_named;
create index concurrently ledger_accounts_named on ledger_accounts (book, account)
  where account like 'customer:%' and account !~ '^customer:(web:|[a-z][a-z0-9_-]*:[0-9]+:)';
