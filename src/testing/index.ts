/** The module `statechat/testing`, for tests of machines and of assistants. */
export { type RunDurablyOptions, runDurably, type ScriptStep, type TraceEntry } from '#actors/testing/run-durably.ts';
export { createTestApp, type PendingCall, type TestApp, type TestAppOptions } from './create-test-app.ts';
export { type PlayedSandbox, playSandbox } from './play-sandbox.ts';
