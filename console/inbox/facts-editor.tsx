/** Priority, tags, topic and entities of a session, which any agent changes in their places. */
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { type FactRow, factRows, factText, labelOf } from '#machines/session/fact-words.ts';
import type { FactFields } from './fact-fields.ts';
import type { Card } from './lists.ts';
import { useConsole, useDesk } from './page-context.ts';
import { type EntityValue, type FactSource, fieldOf, type SessionFacts, valueIn } from './session-facts.ts';
import type { Strings } from './strings.ts';
import type { FactChanges } from './triage.ts';

const PRIORITIES = ['low', 'normal', 'high', 'urgent'] as const;
const MOST_TAG = 50;
const MOST_NAME = 100;
const MOST_VALUE = 2_000;
/** Below this confidence an agent is told to check. */
const SURE = 0.8;

/** Where the keys for priority and tags lead. */
export const PRIORITY_FIELD = 'panel-priority';
export const TAG_FIELD = 'panel-tag';

export function FactsEditor({ card }: { readonly card: Card }): ReactNode {
  const { desk, strings, language } = useConsole();
  const { details } = useDesk();
  const words = strings.panel;
  const facts = details?.facts;
  const fields = details?.factFields ?? {};
  const save = (changes: FactChanges): void => void desk.triage.update(changes);
  const priority = card.preview?.priority ?? 'normal';
  return (
    <>
      <div className="fact">
        <dt>
          <label htmlFor={PRIORITY_FIELD}>{words.priority}</label>
        </dt>
        <dd>
          <select
            id={PRIORITY_FIELD}
            value={priority}
            disabled={!card.open}
            onChange={({ target }) => {
              const chosen = PRIORITIES.find((one) => one === target.value);
              if (chosen !== undefined) save({ priority: chosen });
            }}
          >
            {PRIORITIES.map((one) => (
              <option key={one} value={one}>
                {strings.priority[one]}
              </option>
            ))}
          </select>
        </dd>
      </div>
      <div className="fact">
        <dt>{words.tags}</dt>
        <dd>
          <Tags card={card} onSave={save} />
        </dd>
      </div>
      {facts !== undefined && (
        <>
          <Value
            label={words.topic}
            value={facts.intent ?? undefined}
            most={200}
            isOpen={card.open}
            onSave={(text) => save({ intent: text.trim() === '' ? null : text.trim() })}
          />
          {factRows(facts.entities, fields, language).map((row) => (
            <FactOfSession key={row.names.join()} row={row} facts={facts} fields={fields} isOpen={card.open} onSave={save} />
          ))}
          {card.open && <NewValue taken={Object.keys(facts.entities)} onSave={save} />}
        </>
      )}
    </>
  );
}

/** One fact, or a range with a way to its two ends. */
function FactOfSession({
  row: { names, label, text },
  facts: { entities, sources },
  fields,
  isOpen,
  onSave,
}: {
  readonly row: FactRow;
  readonly facts: SessionFacts;
  readonly fields: FactFields;
  readonly isOpen: boolean;
  readonly onSave: (changes: FactChanges) => void;
}): ReactNode {
  const { strings, language } = useConsole();
  const [isSplit, setSplit] = useState(false);
  const words = strings.panel;
  const isRange = names.length > 1;
  if (isRange && !isSplit) {
    const said = [...new Set(names.flatMap((name) => sourceText(sources?.[name], words) ?? []))];
    return (
      <div className="fact">
        <dt>
          <bdi>{label}</bdi>
        </dt>
        <dd>
          <span className="fact-value">
            <span>
              <bdi>{text}</bdi>
            </span>
            {isOpen && (
              <button type="button" className="link" aria-label={words.editValue(label)} onClick={() => setSplit(true)}>
                {strings.scheduled.edit}
              </button>
            )}
            {said.map((one) => (
              <small key={one} className="fact-source">
                {one}
              </small>
            ))}
          </span>
        </dd>
      </div>
    );
  }
  return names.map((name) => {
    const value = entities[name];
    return (
      <Value
        key={name}
        label={labelOf(name, fields, language)}
        value={value}
        text={factText(name, entities, fields, language)}
        source={sourceText(sources?.[name], words)}
        most={MOST_VALUE}
        isOpen={isOpen}
        onSave={(text) => onSave({ entities: { [name]: { value: valueIn(text, value), was: value ?? null } } })}
      />
    );
  });
}

function Tags({ card, onSave }: { readonly card: Card; readonly onSave: (changes: FactChanges) => void }): ReactNode {
  const { strings } = useConsole();
  const { lists } = useDesk();
  const [text, setText] = useState('');
  const words = strings.panel;
  const inUse = new Set([...lists.open.sessions.values(), ...lists.closed.sessions.values()].flatMap(({ tags }) => tags));
  const add = (event: FormEvent): void => {
    event.preventDefault();
    const tag = text.trim().replaceAll(/\s+/g, ' ');
    if (tag === '') return;
    setText('');
    if (!card.tags.includes(tag)) onSave({ tags: { add: [tag] } });
  };
  return (
    <>
      {card.tags.length === 0 && !card.open && words.none}
      {card.tags.length > 0 && (
        <ul className="tags" aria-label={words.tags}>
          {card.tags.map((tag) => (
            <li key={tag} className="tag">
              <span dir="auto">{tag}</span>
              {card.open && (
                <button
                  type="button"
                  aria-label={words.removeTag(tag)}
                  title={words.removeTag(tag)}
                  onClick={() => onSave({ tags: { remove: [tag] } })}
                >
                  <span aria-hidden="true">×</span>
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
      {card.open && (
        <form className="fact-form" onSubmit={add}>
          <input
            id={TAG_FIELD}
            dir="auto"
            aria-label={words.addTag}
            placeholder={words.addTag}
            maxLength={MOST_TAG}
            list="tags-in-use"
            autoComplete="off"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
          <datalist id="tags-in-use">
            {[...inUse]
              .filter((tag) => !card.tags.includes(tag))
              .sort()
              .map((tag) => (
                <option key={tag} value={tag} />
              ))}
          </datalist>
        </form>
      )}
    </>
  );
}

function sourceText(source: FactSource | undefined, words: Strings['panel']): string | undefined {
  if (source === undefined) return undefined;
  if (source.by === 'agent') return words.changedBy(source.agent ?? words.nobody);
  return source.words === undefined ? undefined : words.saidAs(source.words, (source.confidence ?? 1) >= SURE);
}

/** One value, which a press turns into a field. An empty one is removed. */
function Value({
  label,
  value,
  text,
  source,
  most,
  isOpen,
  onSave,
}: {
  readonly label: string;
  readonly value: EntityValue | undefined;
  /** The value as people read it. Absent if it is its own. */
  readonly text?: string | undefined;
  /** Where it comes from. */
  readonly source?: string | undefined;
  readonly most: number;
  readonly isOpen: boolean;
  readonly onSave: (text: string) => void;
}): ReactNode {
  const { strings } = useConsole();
  const [draft, setDraft] = useState<string>();
  const words = strings.panel;
  const id = useId();
  const shown = value === undefined ? '' : fieldOf(value);
  if (!isOpen && value === undefined) return null;
  return (
    <div className="fact">
      <dt>{draft === undefined ? <bdi>{label}</bdi> : <label htmlFor={id}>{label}</label>}</dt>
      <dd>
        {draft === undefined ? (
          <span className="fact-value">
            <span>
              <bdi>{value === undefined ? words.none : (text ?? shown)}</bdi>
            </span>
            {isOpen && (
              <button type="button" className="link" aria-label={words.editValue(label)} onClick={() => setDraft(shown)}>
                {strings.scheduled.edit}
              </button>
            )}
            {source !== undefined && <small className="fact-source">{source}</small>}
          </span>
        ) : (
          <form
            className="fact-form"
            onSubmit={(event: FormEvent) => {
              event.preventDefault();
              setDraft(undefined);
              if (draft.trim() !== shown) onSave(draft);
            }}
            onKeyDown={(event) => {
              if (event.key === 'Escape') setDraft(undefined);
            }}
          >
            {/* biome-ignore lint/a11y/noAutofocus: The press of a button asked for the field. */}
            <input id={id} dir="auto" autoFocus maxLength={most} value={draft} onChange={(event) => setDraft(event.target.value)} />
            <button type="submit" className="button">
              {words.save}
            </button>
          </form>
        )}
      </dd>
    </div>
  );
}

function NewValue({ taken, onSave }: { readonly taken: readonly string[]; readonly onSave: (changes: FactChanges) => void }): ReactNode {
  const { strings } = useConsole();
  const [draft, setDraft] = useState<{ readonly name: string; readonly value: string }>();
  const words = strings.panel;
  if (draft === undefined)
    return (
      <div className="fact">
        <dt className="visually-hidden">{words.known}</dt>
        <dd>
          <button type="button" className="link" onClick={() => setDraft({ name: '', value: '' })}>
            {words.addValue}
          </button>
        </dd>
      </div>
    );
  const name = draft.name.trim();
  const isReady = name !== '' && draft.value.trim() !== '' && !taken.includes(name);
  return (
    <div className="fact">
      <dt>{words.addValue}</dt>
      <dd>
        <form
          className="fact-form"
          onSubmit={(event: FormEvent) => {
            event.preventDefault();
            if (!isReady) return;
            setDraft(undefined);
            onSave({ entities: { [name]: { value: draft.value.trim(), was: null } } });
          }}
          onKeyDown={(event) => {
            if (event.key === 'Escape') setDraft(undefined);
          }}
        >
          <input
            dir="auto"
            aria-label={words.valueName}
            placeholder={words.valueName}
            // biome-ignore lint/a11y/noAutofocus: The press of a button asked for the field.
            autoFocus
            maxLength={MOST_NAME}
            value={draft.name}
            onChange={(event) => setDraft({ ...draft, name: event.target.value })}
          />
          <input
            dir="auto"
            aria-label={words.value}
            placeholder={words.value}
            maxLength={MOST_VALUE}
            value={draft.value}
            onChange={(event) => setDraft({ ...draft, value: event.target.value })}
          />
          <button type="submit" className="button" disabled={!isReady}>
            {words.save}
          </button>
        </form>
      </dd>
    </div>
  );
}
