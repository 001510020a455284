/** The dialogs for transfers, closing, keys and settings. */
import { type FormEvent, type ReactNode, useEffect, useId, useState, useSyncExternalStore } from 'react';
import { Dialog } from './dialog.tsx';
import type { ActionId } from './keys.ts';
import { useConsole, useDesk } from './page-context.ts';
import { UNDO_SECONDS } from './preferences.ts';
import type { Strings } from './strings.ts';

interface DialogProps {
  readonly onClose: () => void;
}

export function TransferDialog({ onClose }: DialogProps): ReactNode {
  const { desk, tools, strings } = useConsole();
  const { colleagues, agent, lists, selected } = useDesk();
  const [queue, setQueue] = useState('');
  const [configured, setConfigured] = useState<readonly string[]>([]);
  const id = useId();
  const words = strings.transfer;
  useEffect(() => desk.refreshColleagues(), [desk]);
  useEffect(() => void tools.queues().then(setConfigured, () => undefined), [tools]);
  const others = colleagues.filter((one) => one.id !== agent.id && !one.disabled);
  const offered = configured.filter((name) => name !== lists.open.sessions.get(selected ?? '')?.queue);
  const queues = [...new Set([...lists.open.sessions.values()].flatMap((card) => card.queue ?? []))].sort();
  const give = (to: Parameters<typeof desk.transfer>[0]): void => {
    desk.transfer(to);
    onClose();
  };
  return (
    <Dialog title={words.title} onClose={onClose}>
      <h3>{words.colleague}</h3>
      {others.length === 0 && <p className="dialog-note">{words.nobody}</p>}
      <ul className="choices">
        {others.map(({ id: agentId, name }) => (
          <li key={agentId}>
            <button type="button" className="choice" dir="auto" onClick={() => give({ id: agentId, name })}>
              {name}
            </button>
          </li>
        ))}
      </ul>
      <h3>{words.queue}</h3>
      {offered.length > 0 && (
        <ul className="choices">
          {offered.map((name) => (
            <li key={name}>
              <button type="button" className="choice" dir="auto" onClick={() => give(name)}>
                {name}
              </button>
            </li>
          ))}
        </ul>
      )}
      <form
        className="dialog-row"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          if (queue.trim() !== '') give(queue.trim());
        }}
      >
        <input
          aria-label={words.queueHint}
          placeholder={words.queueHint}
          dir="auto"
          value={queue}
          maxLength={100}
          list={`${id}-queues`}
          onChange={(event) => setQueue(event.target.value)}
        />
        <datalist id={`${id}-queues`}>
          {queues.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <button type="submit" className="button" disabled={queue.trim() === ''}>
          {words.toQueue}
        </button>
      </form>
      <div className="dialog-row end">
        <button type="button" className="button quiet" onClick={onClose}>
          {strings.cancel}
        </button>
      </div>
    </Dialog>
  );
}

export function CloseDialog({ onClose }: DialogProps): ReactNode {
  const { desk, strings } = useConsole();
  const [reason, setReason] = useState('');
  const id = useId();
  const words = strings.close;
  return (
    <Dialog title={words.title} onClose={onClose}>
      <p className="dialog-note">{words.more}</p>
      <form
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          desk.close(reason.trim());
          onClose();
        }}
      >
        <label htmlFor={id}>{words.reason}</label>
        <input id={id} dir="auto" maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} />
        <div className="dialog-row end">
          <button type="button" className="button quiet" onClick={onClose}>
            {strings.cancel}
          </button>
          <button type="submit" className="button primary">
            {words.submit}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

export function SettingsDialog({
  onClose,
  askForNotifications,
}: DialogProps & { readonly askForNotifications: () => Promise<boolean> }): ReactNode {
  const { strings, preferences, language, run, isPossible } = useConsole();
  const chosen = useSyncExternalStore(preferences.subscribe, preferences.snapshot);
  const [refused, setRefused] = useState(false);
  const words = strings.settings;
  const setNotifications = async (on: boolean): Promise<void> => {
    const isAllowed = on && (await askForNotifications());
    setRefused(on && !isAllowed);
    preferences.set({ notifications: isAllowed });
  };
  return (
    <Dialog title={words.title} onClose={onClose}>
      <Toggle label={words.notifications} checked={chosen.notifications} onChange={(on) => void setNotifications(on)} />
      {refused && (
        <p className="dialog-note" role="alert">
          {words.notificationsRefused}
        </p>
      )}
      <Toggle label={words.sound} checked={chosen.sound} onChange={(sound) => preferences.set({ sound })} />
      <label className="toggle">
        {words.undo}
        <select
          value={chosen.undoSeconds}
          onChange={(event) => {
            const undoSeconds = UNDO_SECONDS.find((one) => String(one) === event.target.value);
            if (undoSeconds !== undefined) preferences.set({ undoSeconds });
          }}
        >
          {UNDO_SECONDS.map((seconds) => (
            <option key={seconds} value={seconds}>
              {words.undoSeconds[seconds]}
            </option>
          ))}
        </select>
      </label>
      <Toggle label={words.keys} checked={chosen.keys} onChange={(keys) => preferences.set({ keys })} />
      <nav className="settings-pages">
        {(['floor', 'team', 'account'] as const)
          .filter((page) => isPossible(page))
          .map((page) => (
            <a key={page} className="link" href={`#view=${page}`}>
              {strings.actions[page]}
            </a>
          ))}
        <a className="link" href="/machines">
          {strings.actions.machines}
        </a>
        {isPossible('floor') && (
          <a className="link" href="/console/analytics">
            {strings.actions.analytics}
          </a>
        )}
      </nav>
      <div className="dialog-row end">
        <a className="link" href={`?lang=${language === 'ar' ? 'en' : 'ar'}`} lang={language === 'ar' ? 'en' : 'ar'}>
          {strings.actions.language}
        </a>
        <button type="button" className="link" onClick={() => run('signOut')}>
          {strings.actions.signOut}
        </button>
        <button type="button" className="button" onClick={onClose}>
          {strings.dismiss}
        </button>
      </div>
    </Dialog>
  );
}

function Toggle({
  label,
  checked,
  onChange,
}: {
  readonly label: string;
  readonly checked: boolean;
  readonly onChange: (on: boolean) => void;
}): ReactNode {
  return (
    <label className="toggle">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.target.checked)} />
      {label}
    </label>
  );
}

export function labelOf(action: ActionId, { actions, tabs }: Strings): string {
  switch (action) {
    case 'tab waiting':
      return tabs.waiting;
    case 'tab mine':
      return tabs.mine;
    case 'tab snoozed':
      return tabs.snoozed;
    case 'tab open':
      return tabs.open;
    case 'tab closed':
      return tabs.closed;
    default:
      return actions[action];
  }
}
