-- Addresses that moved, and the rule that keeps a second session from being opened where one has left.

create table aliases (
  -- The address of before.
  address  text primary key,
  -- Where it is now. Never itself an alias.
  moved_to text not null,
  at       bigint not null
);
create index aliases_targets on aliases (moved_to);

-- Where the session of this work is now, if it moved after the work was committed: the payload is not rewritten.
alter table outbox add column moved_to text;

-- A move and the opening of a session at the same address exclude each other. Openings share a lock, of which there are few, since each
-- statement keeps all that it takes and the server has room for some thousands. Whoever has waited for it must look at what is
-- stored by then: a volatile function does, a statement sees what was stored when it began.
create function lock_address(address text, alone boolean) returns void language plpgsql volatile as $$
begin
  if alone then
    perform pg_advisory_xact_lock(1936028769, hashtext(address) & 63);
  else
    perform pg_advisory_xact_lock_shared(1936028769, hashtext(address) & 63);
  end if;
end $$;

-- May this address be moved by a turn of `mover`, or, where that is null, without a turn?
create function may_move(moving text, mover uuid) returns boolean language plpgsql volatile as $$
begin
  perform lock_address(moving, true);
  return not exists (select 1 from sessions s where s.address = moving and s.open and s.id is distinct from mover);
end $$;

-- Programs of before this migration are held to it too: their turn comes too late, as if somebody else had been first.
create function refuse_at_alias() returns trigger language plpgsql volatile as $$
begin
  perform lock_address(new.address, false);
  if exists (select 1 from aliases a where a.address = new.address) then
    return null;
  end if;
  return new;
end $$;
create trigger sessions_open_where_they_are before insert on sessions for each row execute function refuse_at_alias();
