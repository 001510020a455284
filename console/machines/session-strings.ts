/** Every word of the pages of a session, with those in English. A missing one does not compile. */
import type { ChatLanguage } from '../chat/strings.ts';
import type { TimelineEntry } from './session-api.ts';
import { sessionArabic } from './session-arabic.ts';

export interface SessionStrings {
  readonly title: string;
  readonly failed: string;
  readonly loading: string;
  readonly hidden: string;
  readonly machine: string;
  readonly timeline: string;
  readonly realTime: string;
  readonly step: string;
  readonly stepOf: (seq: number, last: number, kind: string) => string;
  readonly first: string;
  readonly before: string;
  readonly after: string;
  readonly last: string;
  readonly lanes: Readonly<Record<TimelineEntry['lane'] | 'deliveries', string>>;
  readonly cause: string;
  readonly by: string;
  readonly event: string;
  readonly ignored: string;
  readonly refused: string;
  readonly parked: string;
  readonly follows: (seq: number) => string;
  readonly changes: string;
  readonly noChanges: string;
  readonly path: string;
  readonly was: string;
  readonly is: string;
  readonly context: string;
  readonly runs: string;
  readonly prompt: string;
  readonly effects: string;
  readonly timers: string;
  readonly compare: string;
  readonly compareWith: string;
  readonly differences: string;
  readonly same: string;
  readonly fork: string;
  readonly share: string;
  readonly shared: string;
  readonly sandbox: string;
  readonly sandboxMore: string;
  readonly back: string;
  readonly send: string;
  readonly eventType: string;
  readonly clock: string;
  readonly advance: string;
  readonly seconds: string;
  readonly waiting: string;
  readonly output: string;
  readonly settle: string;
  readonly failRun: string;
  readonly runWith: (model: string) => string;
  readonly guards: string;
  readonly guardOwn: string;
  readonly guardTrue: string;
  readonly guardFalse: string;
  readonly nothingSent: string;
  readonly journal: string;
  readonly result: string;
  readonly save: string;
  readonly badJson: string;
  readonly problems: Readonly<
    Record<'ended' | 'unreplayable' | 'changed' | 'unreachable' | 'noSession' | 'noStep' | 'noSandbox' | 'noMachine', string>
  >;
  readonly loadingEntries: (loaded: number, all: number) => string;
  readonly inbox: string;
  readonly state: string;
  readonly done: string;
  readonly around: string;
  readonly legend: string;
  readonly pause: (time: string) => string;
  readonly instance: (name: string) => string;
  readonly run: (name: string) => string;
  readonly runOpen: string;
  readonly tokens: (tokensIn: string, tokensOut: string) => string;
  readonly cost: (money: string) => string;
  readonly model: (name: string) => string;
  readonly took: (time: string) => string;
  readonly tools: string;
  readonly noTools: string;
  readonly toolsUnkept: (count: number) => string;
  readonly toolInput: string;
  readonly toolResult: string;
  readonly toolFailed: string;
  readonly noOutcome: string;
  readonly runOutcome: string;
  readonly runInput: string;
  readonly noPrompt: string;
  readonly toStep: (seq: number) => string;
  readonly expires: (time: string) => string;
  readonly end: string;
  readonly copy: string;
  readonly copied: string;
  readonly unshare: string;
  readonly unshared: string;
  readonly stopComparing: string;
  readonly sessionNamed: (name: string) => string;
  readonly waitsFor: string;
  readonly dueIn: (name: string, time: string) => string;
  readonly toTimer: (name: string) => string;
  readonly given: string;
  readonly eventAsJson: string;
  readonly signal: string;
  readonly failEffect: string;
  readonly reality: string;
  readonly asReality: string;
  readonly testTitle: string;
  readonly savedAs: (name: string) => string;
  readonly somebody: string;
  readonly noEffects: string;
  readonly noEntries: string;
  readonly closed: string;
  readonly wrongField: string;
  readonly lines: string;
  readonly unset: string;
  readonly noForms: string;
  readonly tryMachine: string;
  readonly life: string;
  readonly ofAssistant: string;
  readonly optional: string;
  readonly aSandbox: string;
}

const english: SessionStrings = {
  title: 'A session’s life',
  failed: 'This could not be loaded.',
  loading: 'Loading…',
  hidden: 'Personal data is hidden.',
  machine: 'Machine',
  timeline: 'Timeline',
  realTime: 'Real time',
  step: 'Step',
  stepOf: (seq, last, kind) => `Step ${seq} of ${last}: ${kind}`,
  first: 'First step',
  before: 'Step before',
  after: 'Next step',
  last: 'Last step',
  lanes: {
    customer: 'Customer',
    assistant: 'Assistant',
    agent: 'Agent',
    timers: 'Timers',
    runs: 'Runs',
    effects: 'Effects',
    machine: 'Machine',
    deliveries: 'Deliveries',
  },
  cause: 'Cause',
  by: 'By',
  event: 'Event',
  ignored: 'Ignored',
  refused: 'Refused',
  parked: 'Put aside',
  follows: (seq) => `It moved nothing. It follows from step ${seq}.`,
  changes: 'Changes of the context',
  noChanges: 'The context stayed as it was.',
  path: 'Place',
  was: 'Before',
  is: 'After',
  context: 'Context',
  runs: 'Runs that began',
  prompt: 'What the model received',
  effects: 'Effects',
  timers: 'Timers',
  compare: 'Compare',
  compareWith: 'Id of another session',
  differences: 'Differences of the contexts',
  same: 'The contexts are the same.',
  fork: 'Try from here',
  share: 'Share this step',
  shared: 'Link, without personal data',
  sandbox: 'Sandbox',
  sandboxMore: 'Nothing leaves it. It ends by itself.',
  back: 'Back to the session',
  send: 'Send',
  eventType: 'Event to send',
  clock: 'Clock',
  advance: 'Let time go by',
  seconds: 'Seconds',
  waiting: 'Waits for an outcome',
  output: 'Outcome as JSON',
  settle: 'End with this',
  failRun: 'Let it fail',
  runWith: (model) => (model === 'real' ? 'Run with the real model' : 'Run with the offline model'),
  guards: 'Guards',
  guardOwn: 'as it is',
  guardTrue: 'always true',
  guardFalse: 'always false',
  nothingSent: 'Would have happened. None of it did.',
  journal: 'Journal',
  result: 'Result',
  save: 'Save as a test',
  badJson: 'This is no JSON.',
  problems: {
    ended: 'This link or sign-in has ended. Ask for a new link, or sign in again.',
    unreplayable:
      'The machine of this session is not registered here any more, or its journal does not fit it. The entries below are what was stored. Register the version again to see its moments.',
    changed: 'Somebody else played a step meanwhile. This is the sandbox as it is now. Play your step again.',
    unreachable: 'The server did not answer. The page tries again by itself.',
    noSession: 'There is no such session. It may have been deleted, or the link is not complete.',
    noStep: 'The session has no such step. Go to its last one.',
    noSandbox: 'There is no such sandbox. It ended by itself after two hours without a step, or with its session. Begin another one.',
    noMachine: 'The machine of this session is not registered here any more, so there is no picture of it.',
  },
  loadingEntries: (loaded, all) => `Loading ${loaded} of ${all} entries…`,
  inbox: 'Open in the inbox',
  state: 'State',
  done: 'It ended.',
  around: 'Entries around this step',
  legend: 'A ring without a fill is an event without effect.',
  pause: (time) => `${time} without an entry`,
  instance: (name) => `Instance ${name}`,
  run: (name) => `Run ${name}`,
  runOpen: 'Prompt, tools and cost',
  tokens: (tokensIn, tokensOut) => `${tokensIn} tokens in, ${tokensOut} out`,
  cost: (money) => `cost ${money}`,
  model: (name) => `model ${name}`,
  took: (time) => `took ${time}`,
  tools: 'Tool calls',
  noTools: 'It called no tool.',
  toolsUnkept: (count) => `${count} tool calls, whose inputs and results were not kept.`,
  toolInput: 'Input',
  toolResult: 'Result',
  toolFailed: 'failed',
  noOutcome: 'It has no outcome in the journal. It still runs, or it was cancelled.',
  runOutcome: 'Outcome',
  runInput: 'Input',
  noPrompt: 'The prompt is hidden, or it was no run of a model.',
  toStep: (seq) => `To step ${seq}`,
  expires: (time) => `Ends ${time}`,
  end: 'End it now',
  copy: 'Copy',
  copied: 'Copied',
  unshare: 'Take the link back',
  unshared: 'The link was taken back and opens nothing any more.',
  stopComparing: 'Stop comparing',
  sessionNamed: (name) => `Session ${name}`,
  waitsFor: 'Waits for',
  dueIn: (name, time) => `${name} in ${time}`,
  toTimer: (name) => `Until ${name}`,
  given: 'What it was given',
  eventAsJson: 'Event that its code sends, as JSON',
  signal: 'Send this event',
  failEffect: 'Let it fail',
  reality: 'Beside the session as it is now',
  asReality: 'The sandbox is as the session is.',
  testTitle: 'Name of the test',
  savedAs: (name) => `Saved as ${name}. In a project that has statechat installed, run`,
  somebody: 'Somebody else played a step.',
  noEffects: 'It has requested nothing yet.',
  noEntries: 'Nothing was played yet. Send an event, or let time go by.',
  closed: 'The session of this sandbox is closed. It takes no more events.',
  wrongField: 'This is needed, or is not what the field takes.',
  lines: 'One on each line',
  unset: 'not set',
  noForms: 'The machine takes no event by name.',
  tryMachine: 'Try it in a sandbox',
  life: 'its life',
  ofAssistant: 'of',
  optional: 'More fields',
  aSandbox: 'a sandbox',
};

export const SESSION_STRINGS: Readonly<Record<ChatLanguage, SessionStrings>> = { en: english, ar: sessionArabic };
