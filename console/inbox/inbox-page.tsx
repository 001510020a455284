/**
 * The inbox has lists, conversation and customer side by side, the dialogs over them, and the keys.
 */
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { flushSync } from 'react-dom';
import { TextContext } from '../text/text-context.ts';
import type { AgentTools } from './agent-tools.ts';
import type { AppProps } from './app-props.ts';
import { ATTACH_ID } from './attachments.tsx';
import { askLocation } from './composer-insertion.ts';
import { Conversation } from './conversation.tsx';
import { CustomerPanel } from './customer-panel.tsx';
import type { Desk } from './desk.ts';
import { CloseDialog, SettingsDialog, TransferDialog } from './dialogs.tsx';
import type { Mode } from './drafts.ts';
import { PRIORITY_FIELD, TAG_FIELD } from './facts-editor.tsx';
import { HelpDialog } from './help-dialog.tsx';
import { type ActionId, actionOf, type Focus } from './keys.ts';
import { cardIn, customerOf } from './lists.ts';
import { useLiveRegion } from './live-region.tsx';
import { PageContext } from './page-context.ts';
import { Palette } from './palette.tsx';
import { bindingsIn } from './preferences.ts';
import { Queue } from './queue.tsx';
import { isPossible as isPossibleFor } from './standing.ts';
import type { Tab } from './tabs.ts';
import { LaterDialog, SnoozeDialog } from './time-dialogs.tsx';
import { isToolAction, type ToolAction, ToolDialog } from './tool-dialogs.tsx';
import { currentCard } from './transcript.ts';

export type Dialog = 'transfer' | 'close' | 'palette' | 'help' | 'settings' | 'snooze' | 'sendLater' | ToolAction;

export function InboxPage({
  desk,
  tools,
  browser,
  preferences,
  strings,
  formats,
  language,
  now,
  account,
}: AppProps & { readonly desk: Desk; readonly tools: AgentTools }): ReactNode {
  const snapshot = useSyncExternalStore(desk.subscribe, desk.snapshot);
  const chosen = useSyncExternalStore(preferences.subscribe, preferences.snapshot);
  const bindings = useMemo(() => bindingsIn(chosen), [chosen]);
  const [dialog, setDialog] = useState<Dialog>();
  const [isPanelShown, setPanelShown] = useState(false);
  const [isFiltering, setFiltering] = useState(false);
  const composer = useRef<HTMLTextAreaElement>(null);
  const { selected, transcript, lists, agent, status } = snapshot;
  const card = selected === undefined ? undefined : currentCard(cardIn(lists, selected), transcript);

  useEffect(() => browser.showInAddress(selected), [browser, selected]);

  const isPossible = useCallback(
    (action: ActionId) => (action === 'undo' ? desk.triage.undoable(now()) !== undefined : isPossibleFor(action, desk.card, agent)),
    [desk, agent, now],
  );
  const run = useCallback(
    (action: ActionId): void => {
      if (!isPossible(action)) return;
      // Drawn at once, because a key that follows is text already and no command.
      const focusComposer = (mode: Mode): void => {
        flushSync(() => desk.setMode(mode));
        composer.current?.focus();
      };
      switch (action) {
        case 'next':
          return desk.step(1, tools.filtered.shown(now()));
        case 'previous':
          return desk.step(-1, tools.filtered.shown(now()));
        case 'open':
          return void (composer.current ?? document.querySelector<HTMLElement>('.transcript-scroller'))?.focus();
        case 'claim':
          return desk.claim();
        case 'release':
          return desk.release();
        case 'reply':
        case 'note':
          return focusComposer(action);
        case 'suggest':
          focusComposer('reply');
          return void desk.aids.suggestion.start(desk.snapshot().selected ?? '');
        case 'panel':
          return setPanelShown((shown) => !shown);
        case 'floor':
        case 'team':
        case 'account':
          return browser.show({ view: action });
        case 'away':
          return void tools.availability.toggle();
        case 'unsnooze':
          return void desk.triage.unsnooze();
        case 'undo':
          return void desk.triage.undo();
        case 'unread':
          return desk.markUnread();
        case 'priority':
        case 'tags':
          // A key that follows at once is text already.
          flushSync(() => setPanelShown(true));
          return document.getElementById(action === 'tags' ? TAG_FIELD : PRIORITY_FIELD)?.focus();
        case 'sendLater':
          return desk.snapshot().draft.reply.trim() === '' ? focusComposer('reply') : setDialog(action);
        case 'signOut':
          return void account.signOut();
        case 'askLocation':
          return askLocation(desk, language);
        case 'addPlace':
        case 'addContact':
        case 'addLink':
          desk.setMode('reply');
          return setDialog(action);
        case 'snooze':
        case 'transfer':
        case 'close':
        case 'palette':
        case 'help':
        case 'settings':
        case 'canned':
        case 'template':
        case 'macros':
        case 'library':
        case 'search':
        case 'mentions':
          return setDialog(action);
        case 'filter':
          return setFiltering((shown) => !shown);
        case 'attach':
          desk.setMode('reply');
          // After it is drawn.
          return void setTimeout(() => document.getElementById(ATTACH_ID)?.click());
        case 'tab waiting':
        case 'tab mine':
        case 'tab snoozed':
        case 'tab open':
        case 'tab closed':
          return desk.showTab(tabOf(action));
      }
    },
    [desk, tools, account, browser, isPossible, now, language],
  );

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (dialog !== undefined || event.defaultPrevented) return;
      const action = actionOf(event, focusOf(event.target), bindings);
      if (action === undefined) return;
      event.preventDefault();
      run(action);
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, [dialog, bindings, run]);

  // Who has just claimed wants to answer.
  const isMine = card?.open === true && card.agentId === agent.id;
  const wasMine = useRef<string>(undefined);
  useEffect(() => {
    if (isMine && wasMine.current === `not ${selected}`) composer.current?.focus();
    wasMine.current = isMine ? selected : `not ${selected}`;
  }, [isMine, selected]);

  const { announce, region } = useLiveRegion(snapshot, strings);
  const text = useMemo(() => ({ words: strings, announce }), [strings, announce]);
  const page = useMemo(
    () => ({ desk, tools, preferences, language, strings, formats, now, run, isPossible }),
    [desk, tools, preferences, language, strings, formats, now, run, isPossible],
  );
  const close = useCallback(() => setDialog(undefined), []);

  return (
    <PageContext value={page}>
      <TextContext value={text}>
        <main className="console" data-view={selected === undefined ? 'list' : 'conversation'} data-panel={isPanelShown}>
          {status !== 'open' && (
            <p className="connection" data-status={status} role="status">
              {status === 'connecting' ? strings.connection.connecting : strings.connection.offline}
            </p>
          )}
          <h1 className="visually-hidden">{strings.title}</h1>
          <Queue isFiltering={isFiltering} />
          <section className="conversation" aria-label={card === undefined ? strings.transcript : customerOf(card, strings)}>
            <Conversation key={selected} card={card} composer={composer} />
          </section>
          {card !== undefined && <CustomerPanel card={card} onClose={() => setPanelShown(false)} />}
        </main>
        {dialog === 'transfer' && card !== undefined && <TransferDialog onClose={close} />}
        {dialog === 'close' && card !== undefined && <CloseDialog onClose={close} />}
        {dialog === 'snooze' && card !== undefined && <SnoozeDialog onClose={close} />}
        {dialog === 'sendLater' && card !== undefined && <LaterDialog onClose={close} />}
        {dialog === 'help' && <HelpDialog onClose={close} />}
        {dialog === 'settings' && <SettingsDialog onClose={close} askForNotifications={browser.askForNotifications} />}
        {dialog === 'palette' && <Palette onClose={close} />}
        {isToolAction(dialog) && <ToolDialog action={dialog} onClose={close} />}
        {region}
      </TextContext>
    </PageContext>
  );
}

function tabOf(action: `tab ${Tab}`): Tab {
  const tabs = {
    'tab waiting': 'waiting',
    'tab mine': 'mine',
    'tab snoozed': 'snoozed',
    'tab open': 'open',
    'tab closed': 'closed',
  } as const;
  return tabs[action];
}

function focusOf(target: EventTarget | null): Focus {
  if (!(target instanceof HTMLElement)) return 'elsewhere';
  if (target.isContentEditable || target.matches('input, textarea, select')) return 'field';
  return target.matches('button, a, [role="tab"]') ? 'control' : 'elsewhere';
}
