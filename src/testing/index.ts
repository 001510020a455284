/** `statechat/testing`: what tests of machines and of assistants import. */
export { type RunDurablyOptions, runDurably, type ScriptStep, type TraceEntry } from '#actors/testing/run-durably.ts';
export { createTestApp, type PendingCall, type TestApp, type TestAppOptions } from './create-test-app.ts';
