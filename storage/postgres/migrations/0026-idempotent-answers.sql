-- Answers that are kept for requests with an idempotency key are expiring records too.
alter table expiring_records drop constraint expiring_records_kind_check;
alter table expiring_records add constraint expiring_records_kind_check check (kind in ('sandbox', 'share_link', 'idempotency'));
