/** `statechat/assistant`: what the file of an assistant is written with. */
export { framed, PARAMS } from '#actors/agent/data-frame.ts';
export { extraction } from '#actors/agent/generic-workflows.ts';
export { type Hook, injectSession, type RunScope, type ToolCall, type ToolOutcome } from '#actors/agent/hooks.ts';
export type { OfflinePlan } from '#actors/agent/offline/plan.ts';
export { type ResultCacheOptions, resultCache } from '#actors/agent/result-cache.ts';
export { defineTool, type Tool, type ToolContext } from '#actors/agent/tools.ts';
export { defineWorkflow, type Workflow } from '#actors/agent/workflows.ts';
export type { Opening } from '#actors/registry.ts';
export type { EntryDescription, Json, MachineDefinition, MachineEvent, SessionFacts } from '#machines/definition.ts';
export { InvalidInput, StatechatError, Unavailable } from '#machines/errors.ts';
export type { Message } from '#machines/session/context.ts';
export { describeSessionEvent, type SessionRuns, sessionDefinitions, sessionFacts } from '#machines/session/definition.ts';
export type { AgentsNotifyParams, MessageSendParams } from '#machines/session/effects.ts';
export type { SessionEvent, SessionEventOf } from '#machines/session/events.ts';
export type { PolicySettings } from '#machines/session/policy.ts';
export {
  type AnalyseInput,
  type AnalyseOutput,
  type AnswerInput,
  type AnswerOutput,
  analyse,
  answer,
  type SummariseInput,
  type SummariseOutput,
  summarise,
} from '#machines/session/runs.ts';
export { runSession } from '../run-session.ts';
export { type Analysis, type Assistant, type AssistantDefinition, analysis, defineAssistant } from './define-assistant.ts';
export { answerFor, hostActions } from './own-machine.ts';
