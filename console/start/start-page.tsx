/** The start page. It says what Statechat is, lists the assistants, and names things to try. */
import { type ReactNode, useEffect, useState } from 'react';
import { BubbleMark } from '../chat/icons.tsx';
import type { ChatLanguage } from '../chat/strings.ts';
import { colourOf, type Face } from '../face/face.ts';
import { FaceMark } from '../face/face-mark.tsx';
import { Command } from './command.tsx';
import { giveBackCommand, killCommand, type Machine, startCommand, takeOverCommand } from './machine.ts';
import type { StartStrings } from './strings.ts';

export interface StartPageProps {
  readonly language: ChatLanguage;
  readonly strings: StartStrings;
  /** Undefined if they could not be loaded. */
  readonly faces: readonly Face[] | undefined;
  /** Undefined for a visitor from another machine. */
  readonly machine: Machine | undefined;
  readonly origin: string;
  readonly reload: () => Promise<Machine | undefined>;
}

export function StartPage({ language, strings, faces, machine: first, origin, reload }: StartPageProps): ReactNode {
  const machine = useMachine(first, reload);
  const analyst = faces?.find(({ assistant }) => assistant === 'stock-analyst');
  return (
    <div className="start">
      <header className="top">
        <span className="brand">
          <span className="mark">
            <BubbleMark />
          </span>
          Statechat
        </span>
        <a className="language" href={`/?lang=${language === 'ar' ? 'en' : 'ar'}`} lang={language === 'ar' ? 'en' : 'ar'}>
          {strings.otherLanguage}
        </a>
      </header>
      <main>
        <section className="what">
          <h1>{strings.what[0]}</h1>
          <p>{strings.what[1]}</p>
        </section>
        <section aria-labelledby="assistants">
          <h2 id="assistants">{strings.assistants}</h2>
          {machine?.offline === true && <p className="note">{strings.offline}</p>}
          <Cards faces={faces} language={language} strings={strings} />
        </section>
        <section aria-labelledby="tries">
          <h2 id="tries">{strings.tries}</h2>
          <ol className="tries">
            {machine !== undefined && (
              <>
                <Try title={strings.kill.title}>
                  <p>{strings.kill.steps[0]}</p>
                  <Command text={killCommand(machine)} strings={strings} />
                  <p>{strings.kill.steps[1]}</p>
                  <Command text={startCommand(origin)} strings={strings} />
                  <p>{strings.kill.steps[2]}</p>
                </Try>
                <Try title={strings.takeOver.title}>
                  <p>{strings.takeOver.console}</p>
                  <a className="button" href={`/console?lang=${language}`}>
                    {strings.takeOver.link}
                  </a>
                  <p>{strings.takeOver.steps[0]}</p>
                  <Command text={takeOverCommand(machine, origin, strings.takeOver.colleague)} strings={strings} />
                  <p>{strings.takeOver.steps[1]}</p>
                  <Command text={giveBackCommand(strings.takeOver.colleague)} strings={strings} />
                </Try>
              </>
            )}
            {analyst !== undefined && (
              <Try title={strings.report.title}>
                <p>{strings.report.text}</p>
                <a className="button" href={chatOf(analyst, language)}>
                  {strings.report.link}
                </a>
              </Try>
            )}
            {machine === undefined ? (
              <>
                <Try title={strings.person.title}>
                  <p>{strings.person.text}</p>
                </Try>
                <Try title={strings.comeBack.title}>
                  <p>{strings.comeBack.text}</p>
                </Try>
              </>
            ) : (
              <Try title={strings.own.title}>
                <p>{strings.own.text}</p>
              </Try>
            )}
          </ol>
        </section>
      </main>
    </div>
  );
}

function Try({ title, children }: { title: string; children: ReactNode }): ReactNode {
  return (
    <li>
      <h3>{title}</h3>
      {children}
    </li>
  );
}

function Cards({ faces, language, strings }: Pick<StartPageProps, 'faces' | 'language' | 'strings'>): ReactNode {
  if (faces === undefined) return <p role="alert">{strings.unreachable}</p>;
  if (faces.length === 0) {
    return (
      <>
        <p>{strings.noAssistants}</p>
        <a className="button" href={`/chat?lang=${language}`}>
          {strings.openChat}
        </a>
      </>
    );
  }
  return (
    <ul className="cards">
      {faces.map((face) => (
        <li key={face.assistant} className="card" ref={colouring(face)}>
          <span className="mark">
            <FaceMark face={face} />
          </span>
          <h3 dir="auto">
            <a href={chatOf(face, language)}>{face.name}</a>
          </h3>
          {face.about !== null && <p dir="auto">{face.about}</p>}
          <span className="go" aria-hidden="true">
            {strings.open}
          </span>
        </li>
      ))}
    </ul>
  );
}

const chatOf = ({ assistant }: Face, language: ChatLanguage): string => `/chat?${new URLSearchParams({ assistant, lang: language })}`;

/** By the object model, because the pages' CSP allows no style attributes. */
function colouring(face: Face) {
  return (element: HTMLElement | null): void => {
    for (const [name, value] of Object.entries(colourOf(face) ?? {})) element?.style.setProperty(name, value);
  };
}

/** The program has another process id once it was started again, which happens in a terminal. */
function useMachine(first: Machine | undefined, reload: () => Promise<Machine | undefined>): Machine | undefined {
  const [machine, setMachine] = useState(first);
  useEffect(() => {
    if (first === undefined) return undefined;
    const refresh = (): void => void reload().then((next) => next && setMachine(next));
    addEventListener('focus', refresh);
    return () => removeEventListener('focus', refresh);
  }, [first, reload]);
  return machine;
}
