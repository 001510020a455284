/** The console's words in English. */
import type { FactChange } from './fact-changes.ts';
import { named, type Strings } from './strings.ts';
import { englishTools } from './tool-words-english.ts';

const priority = { low: 'Low', normal: 'Normal', high: 'High', urgent: 'Urgent' } as const;
const returned = {
  customer: 'the customer wrote before',
  holder: 'somebody else has the conversation now',
  closed: 'the conversation was closed before',
} as const;

export const english: Strings = {
  title: 'Console',
  justNow: 'just now',
  today: 'Today',
  yesterday: 'Yesterday',
  loading: 'Loading…',
  cancel: 'Cancel',
  dismiss: 'Dismiss',
  newTab: 'opens in a new tab',
  image: 'Image',
  table: 'Table',
  code: 'Code',
  copy: 'Copy',
  copied: 'Copied',
  notCopied: 'It could not be copied. Select the text to copy it.',
  signIn: {
    title: 'Sign in',
    login: 'Login',
    password: 'Password',
    show: 'Show the password',
    hide: 'Hide the password',
    submit: 'Sign in',
    busy: 'One moment…',
    wrong: 'The login or the password is wrong. If you lost the password, ask an admin for a new invitation.',
    tooMany: 'That were too many attempts. Wait a few minutes, then try again.',
    later: 'The server does not answer. Check your connection and try again.',
    ended: 'Your sign-in has ended. Sign in again. What you wrote is kept.',
    firstTitle: 'No account yet?',
    first: 'The first link is in the terminal in which the program was started. It is new at each start until somebody has joined.',
    lost: 'Everybody else joins by an invitation of an admin.',
    unreachable: 'The server does not answer.',
    retry: 'Try again',
    required: 'This is needed.',
    with: (name) => `Sign in with ${named(name, '')}`,
    or: 'or',
    errors: {
      oidc_expired: 'That took too long, or was begun in another window. Begin again.',
      oidc_denied: 'The identity provider did not let you in.',
      oidc_failed: 'The identity provider gave an answer that cannot be trusted. Tell an admin, who finds the reason in the log.',
      oidc_unavailable: 'The identity provider cannot be reached. Try again, or sign in with a password.',
      not_invited: 'Nobody here has this identity. Ask an admin for an invitation, and open its link first.',
      no_invitation: 'The invitation was used, withdrawn or has expired. Ask an admin for a new one.',
      disabled: 'Your account is disabled. Ask an admin.',
      taken: 'Another agent has your login. Ask an admin.',
    },
  },
  join: {
    title: 'Join the console',
    role: (role) => ({ agent: 'You join as an agent.', supervisor: 'You join as a supervisor.', admin: 'You join as an admin.' })[role],
    login: 'Login',
    loginHint: 'Without spaces, such as your e-mail address.',
    name: 'Your name',
    nameHint: 'Customers see it beside your answers.',
    passwordHint: 'At least 15 characters. A few words are easier to remember than symbols.',
    submit: 'Join',
    passwordTitle: (name) => `A new password for \u2068${name}\u2069`,
    passwordMore: 'Your sign-ins on other devices end.',
    passwordSubmit: 'Set the password',
    taken: 'Another agent has this login. Choose another one.',
    goneTitle: 'This invitation cannot be used',
    gone: 'It was used, withdrawn or has expired. Ask an admin for a new one. If it came from the terminal, start the program again for a new link.',
    haveAccount: 'I have an account',
    with: (name) => `Join with ${named(name, '')}`,
    until: (time) => `The invitation can be used until ${time}.`,
  },
  tabs: { waiting: 'Waiting', mine: 'Mine', snoozed: 'Snoozed', open: 'Open', closed: 'Closed' },
  tabsLabel: 'Lists',
  empty: {
    waiting: { title: 'Nobody waits', more: 'A customer who asks for a person appears here at once.' },
    mine: { title: 'You have no conversation', more: 'Claim one under Waiting or Open.' },
    snoozed: { title: 'Nothing is snoozed', more: 'What you put off waits here until its time or a reply.' },
    open: { title: 'No open conversation', more: 'One appears here as soon as a customer writes.' },
    closed: { title: 'Nothing closed yet', more: 'Closed conversations can be read here.' },
  },
  more: (count) => `The first ${count} are shown.`,
  waited: 'Waiting for',
  due: (what, urgency, time) => {
    const name = what === 'answer' ? 'Answer' : 'End';
    return urgency === 'late' ? `${name} late by ${time}` : urgency === 'soon' ? `${name} due soon, in ${time}` : `${name} due in ${time}`;
  },
  unanswered: (count) => (count === 1 ? '1 message without an answer' : `${count} messages without an answer`),
  priority,
  heldBy: (name) => `With \u2068${name}\u2069`,
  heldByMe: 'With you',
  takeOver: 'Take over',
  answeredByBot: 'Assistant',
  looking: (names) => `${names} is here`,
  writing: (names) => `${names} is writing`,
  customerTyping: 'is typing…',
  someone: 'a colleague',
  unnamed: (code) => `Customer ${code}`,
  noMessages: 'No message yet',
  you: 'You',
  authors: { customer: 'Customer', assistant: 'Assistant', agent: 'Agent', system: 'Notice' },
  connection: {
    connecting: 'Connecting…',
    offline: 'No connection. What you send is kept and goes out when the connection is back.',
  },
  nothingSelected: { title: 'Choose a conversation', more: 'J and K move through the list, ? shows every key.' },
  missing: { title: 'This conversation is not here', more: 'It may have been deleted. Choose another one.' },
  back: 'Back to the list',
  transcript: 'Conversation',
  loadOlder: 'Loading what was before…',
  toBottom: 'To the newest message',
  newMessages: (count) => (count === 1 ? '1 new message' : `${count} new messages`),
  newLine: 'New since you wrote',
  thinking: 'The assistant is thinking…',
  usingTool: 'The assistant is using a tool…',
  note: 'Note',
  noteBy: (name) => `Note of \u2068${name}\u2069`,
  edited: 'edited',
  sending: 'Sending…',
  marks: { pending: 'Not sent yet', sent: 'Sent', delivered: 'Delivered', read: 'Read', failed: 'Not delivered' },
  line: ({ line, name, to, queue, reason, changes = [], until }, time) => {
    switch (line) {
      case 'opened':
        return 'The conversation began';
      case 'needs':
        return `A person is needed${reason === undefined ? '' : `: ${reason}`}`;
      case 'claimed':
        return `${named(name, 'An agent')} took over`;
      case 'assigned':
        return `A rule gave it to ${named(name, 'an agent')}`;
      case 'released':
        return `${named(name, 'An agent')} gave it back to the assistant`;
      case 'transferred':
        return `${named(name, 'An agent')} passed it to ${to === undefined ? (queue === undefined ? 'the queue' : `the queue \u2068${queue}\u2069`) : `\u2068${to}\u2069`}`;
      case 'back':
        return 'The customer went back to the assistant';
      case 'closed':
        return `${name === undefined ? 'Closed' : `Closed by \u2068${name}\u2069`}${reason === undefined ? '' : `: ${reason}`}`;
      case 'updated':
        return `${named(name, 'An agent')} noted ${changes.map(changed).join(', ')}`;
      case 'snoozed':
        return `${named(name, 'An agent')} snoozed it${until === undefined ? '' : ` until ${time(until)}`}`;
      case 'unsnoozed':
        return `${named(name, 'An agent')} ended the snooze`;
      case 'woke':
        return 'The snooze is over';
      case 'notSent':
        return `The message of ${named(name, 'an agent')} was not sent, because ${returnedBecause(reason)}`;
    }
  },
  actions: {
    claim: 'Claim',
    release: 'Give back',
    transfer: 'Transfer…',
    close: 'Close…',
    reply: 'Write a reply',
    note: 'Write a note',
    sendLater: 'Send later…',
    undo: 'Undo',
    snooze: 'Snooze…',
    unsnooze: 'End the snooze',
    unread: 'Mark as unread',
    priority: 'Set the priority',
    tags: 'Add a tag',
    suggest: 'Suggest a reply',
    next: 'Next conversation',
    previous: 'Previous conversation',
    open: 'Go to the conversation',
    palette: 'All commands',
    help: 'Keys',
    panel: 'Customer',
    floor: 'Who holds what',
    team: 'Team',
    account: 'Your account',
    signOut: 'Sign out',
    settings: 'Settings',
    language: 'العربية',
    search: 'Search',
    mentions: 'Mentions',
    filter: 'Filter the list',
    attach: 'Attach files',
    canned: 'Insert a saved response',
    macros: 'Run a macro',
    library: 'Saved responses and macros',
    away: 'Switch between available and away',
  },
  composer: {
    reply: 'Reply',
    note: 'Note',
    replyLabel: 'Reply to the customer',
    noteLabel: 'Note for colleagues',
    replyPlaceholder: 'Write to the customer…',
    notePlaceholder: 'Only colleagues see this…',
    hint: 'Enter sends, Shift + Enter begins a new line',
    send: 'Send',
    addNote: 'Add the note',
    sendAgain: 'Send again',
    claimFirst: 'Claim the conversation to answer.',
    claimFromBot: 'The assistant answers. Claim the conversation to answer yourself.',
    held: (name) => `\u2068${name}\u2069 has this conversation. You can write a note.`,
    closed: 'This conversation is closed. If the customer writes again, a new one begins.',
    tooLong: (length, most) => `${length} of ${most} characters. Shorten it, or send it in parts.`,
  },
  suggestion: {
    writing: 'A draft is being written…',
    stop: 'Stop',
    written: 'Drafted by the model. Check it before you send it.',
    offline: 'Drafted without a language model, from what the customer wrote. Complete it before you send it.',
    stopped: 'The draft was stopped. What was written so far is kept.',
    undo: 'Undo',
    failed: {
      budget: 'No draft, because a budget is spent. Write the reply yourself, or ask an admin to raise it.',
      declined: 'The model wrote nothing. Write the reply yourself, or try again.',
      passing: 'The server does not answer. Try again in a moment.',
      other: 'No draft can be made in this conversation.',
    },
  },
  brief: {
    title: 'Summary',
    loading: 'The summary is being written…',
    make: 'Summarise the conversation',
    refresh: 'Make a new one',
    failed: 'There is no summary now. Read the conversation, or try again.',
    offline: 'Excerpts, made without a language model',
    behind: (count) => (count === 1 ? '1 message since then' : `${count} messages since then`),
  },
  rating: {
    title: 'Rating',
    of: (score) => `${score} of 5`,
    none: 'Not rated',
    asked: 'Asked, no answer yet',
    line: ({ score, comment, late }) =>
      late
        ? 'The customer rated too late'
        : `The customer rated${score === null ? '' : ` ${score} of 5`}${comment === null ? '' : `: \u2068${comment}\u2069`}`,
  },
  problems: {
    held: (name) => `${named(name === '' ? undefined : name, 'A colleague')} has this conversation. Nothing was changed.`,
    unseen: 'Not sent, because something new came that you had not seen. Read it above, change your answer if need be, and send again.',
    closed: 'The conversation was closed meanwhile. Your text is kept here.',
    returned: {
      customer: 'Your message was not sent, because the customer wrote before. It is here again.',
      holder: 'Your message was not sent, because somebody else has the conversation now. It is here again.',
      closed: 'Your message was not sent, because the conversation was closed before. It is here again.',
    },
    tooLate: 'It was sent already.',
    refused: (message) => `The server refused it: ${message}`,
  },
  transfer: {
    title: 'Transfer the conversation',
    colleague: 'To a colleague',
    nobody: 'There is no other agent yet.',
    queue: 'Into a queue',
    queueHint: 'The name of the queue',
    toQueue: 'Put into the queue',
  },
  times: {
    snoozeTitle: 'Snooze until',
    snoozeMore: 'It comes back at its time, or when the customer replies. A thank-you alone does not bring it back.',
    laterTitle: 'Send later',
    laterMore: 'If the customer writes before, it is not sent and comes back to you.',
    names: { inAnHour: 'In an hour', thisEvening: 'This evening', tomorrowMorning: 'Tomorrow morning', nextMonday: 'Next Monday' },
    other: 'Date and time',
    otherHint: 'A time within 24 days.',
    snoozeSubmit: 'Snooze',
    laterSubmit: 'Send then',
  },
  scheduled: {
    at: (time) => `Goes out ${time}`,
    by: (name, time) => `Of \u2068${name}\u2069, goes out ${time}`,
    soon: (seconds) => `Goes out in ${seconds} s`,
    edit: 'Edit',
    now: 'Send now',
    cancel: 'Do not send',
  },
  snoozed: (time) => `Snoozed until ${time}`,
  unread: (count) => (count === 1 ? '1 unread' : `${count} unread`),
  close: {
    title: 'Close the conversation',
    more: 'It ends for the customer too. If the customer writes again, a new one begins.',
    reason: 'Reason (only colleagues see it)',
    submit: 'Close it',
  },
  panel: {
    title: 'Customer',
    address: 'Address',
    channel: 'Channel',
    assistant: 'Assistant',
    state: 'State',
    holder: 'Answers',
    nobody: 'Nobody yet',
    bot: 'The assistant',
    since: 'Began',
    waiting: 'Waiting for',
    queue: 'Queue',
    tags: 'Tags',
    addTag: 'Add a tag',
    removeTag: (tag) => `Remove the tag ${tag}`,
    priority: 'Priority',
    topic: 'Topic',
    known: 'What is known',
    editValue: (name) => `Change ${name}`,
    removeValue: (name) => `Remove ${name}`,
    addValue: 'Add a fact',
    valueName: 'Name',
    value: 'Value',
    save: 'Save',
    none: 'None',
    looking: 'Also here',
    alone: 'Nobody else',
    states: { NEW: 'New', ACTIVE: 'Active', WAITING_AGENT: 'Waiting for a person', IDLE: 'Idle', CLOSED: 'Closed' },
    past: 'Past conversations',
    noPast: 'This is the first one.',
    loading: 'Loading…',
    unavailable: 'Not available now.',
    context: 'Context of the model',
    contextOf: (total, limit) => `${total} of ${limit} tokens`,
    contextAll: (total) => `${total} tokens`,
    shown: (messages, summaries) =>
      `${messages} ${messages === 1 ? 'message' : 'messages'}, ${summaries} ${summaries === 1 ? 'summary' : 'summaries'}`,
    cost: 'Cost',
    tokens: (into, out) => `${into} tokens in, ${out} out`,
    runs: 'Runs',
    toolCalls: 'Tool calls',
    errors: 'Errors',
    messages: 'Messages',
    chart: 'States',
    chartOf: (state, next) => `Now: ${state}. From here: ${next}.`,
    parts: { bot: 'assistant', human: 'person' },
  },
  palette: {
    label: 'Command or customer',
    placeholder: 'Type a command or a name…',
    none: 'Nothing matches.',
  },
  help: {
    title: 'Keys',
    keys: 'They work wherever you do not write, on any layout, because they go by their place on the keyboard.',
    keysOff: 'Single keys are off. Turn them on in the settings.',
    change: 'To change a key, press it here and then the new one. Backspace removes it.',
    changeOf: (action, key) => `${action}: ${key}. Change`,
    press: 'Press a key…',
    none: 'None',
    reserved: 'This key cannot be chosen.',
    reset: 'Reset all keys',
  },
  settings: {
    title: 'Settings',
    notifications: 'Notifications of this computer',
    notificationsRefused: 'The browser blocks notifications of this site. Allow them in its settings.',
    sound: 'Sound when somebody needs you',
    keys: 'Single keys as commands',
    undo: 'Time to undo a sent reply',
    undoSeconds: { 0: 'None', 5: '5 seconds', 10: '10 seconds', 20: '20 seconds' },
  },
  news: {
    attention: 'A customer needs a person',
    woke: 'A snoozed conversation is back',
    notSent: 'Your message was not sent',
    message: (name) => `Message of \u2068${name}\u2069`,
  },
  tools: englishTools,
};

function changed(change: FactChange): string {
  switch (change.what) {
    case 'tag added':
      return `the tag \u2068${change.tag}\u2069`;
    case 'tag removed':
      return `no tag \u2068${change.tag}\u2069`;
    case 'priority':
      return `the priority ${priority[change.priority]}`;
    case 'value': {
      const { name, was, is } = change;
      const values = [was, is].flatMap((value, index) => (value === undefined && index === 0 ? [] : [value ?? 'nothing']));
      return `${name === undefined ? 'the topic' : `\u2068${name}\u2069`}: ${values.map((value) => `\u2068${value}\u2069`).join(' → ')}`;
    }
  }
}

function returnedBecause(reason: string | undefined): string {
  return reason === 'holder' || reason === 'closed' ? returned[reason] : returned.customer;
}
