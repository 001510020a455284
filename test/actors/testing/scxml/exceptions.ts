/**
 * Documents of the suite whose scripts do not hold, with the reason. Each of them is still run. One
 * that begins to pass fails its test, so this list stays true.
 */
const MANUAL = 'a manual test. Its script waits for a state that the document does not have';
const UNNAMED = 'its script sends an event without a name, which no session takes from outside';
const LATE_DOCUMENT = 'it invokes a document that it computes. The host runs what was registered';
const AUTOFORWARD = 'XState has no autoforward';
const FINALIZE = 'XState has no finalize';
const IDENTITY = 'it compares a system variable with what it stored of it. What is stored is a copy';
const XML = 'it keeps XML as a DOM. The data of a session is JSON';

export const EXCEPTIONS: Readonly<Record<string, string>> = {
  'error/error': 'it expects the line and column that SCION gives in its errors',
  'w3c-ecma/test200.txml': UNNAMED,
  'w3c-ecma/test201.txml': `${UNNAMED}. It also needs the processor of basic HTTP, which is optional`,
  'w3c-ecma/test216.txml': LATE_DOCUMENT,
  'w3c-ecma/test229.txml': AUTOFORWARD,
  'w3c-ecma/test230.txml': MANUAL,
  'w3c-ecma/test233.txml': FINALIZE,
  'w3c-ecma/test234.txml': FINALIZE,
  'w3c-ecma/test250.txml': MANUAL,
  'w3c-ecma/test307.txml': MANUAL,
  'w3c-ecma/test326.txml': IDENTITY,
  'w3c-ecma/test329.txml': IDENTITY,
  'w3c-ecma/test344.txml': 'a condition that throws is an event. In XState a guard cannot send any',
  'w3c-ecma/test453.txml': 'it keeps a function in its data. The data of a session is JSON',
  'w3c-ecma/test530.txml': LATE_DOCUMENT,
  'w3c-ecma/test554.txml': 'an invocation whose input throws does not start. In XState it starts without',
  'w3c-ecma/test557.txml': XML,
  'w3c-ecma/test561.txml': XML,
  'w3c-ecma/test579.txml': 'XState has no actions for the first visit of a history',
};
