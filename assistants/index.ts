/** `statechat/assistant`, the package that assistant files import. */

export type { Opening } from '#actors/contract/registry.ts';
export { framed, PARAMS } from '#agent-service/data-frame.ts';
export {
  defineExtraction,
  type Extraction,
  type ExtractionDefinition,
  type Finding,
  type MessageToRead,
} from '#agent-service/extraction/define-extraction.ts';
export { handOver } from '#agent-service/hand-over.ts';
export { type Hook, injectSession, type RunScope, type ToolCall, type ToolOutcome } from '#agent-service/hooks.ts';
export { nameTold } from '#agent-service/offline/name-told.ts';
export { arabicPhrases, englishPhrases } from '#agent-service/offline/phrases.ts';
export { type OfflineMessage, type OfflinePlan, type OfflineStep, type OfflineView, recordOf } from '#agent-service/offline/plan.ts';
export { type ResultCacheOptions, resultCache } from '#agent-service/result-cache.ts';
export { defineTool, type Tool, type ToolContext } from '#agent-service/tools.ts';
export { defineWorkflow, type Prompt, type Workflow } from '#agent-service/workflows.ts';
export type { EntryDescription, Json, MachineDefinition, MachineEvent, SessionFacts } from '#machines/definition.ts';
export { InvalidInput, StatechatError, Unavailable } from '#machines/errors.ts';
export type { Card } from '#machines/session/cards.ts';
export type { Message } from '#machines/session/context.ts';
export { describeSessionEvent, type SessionRuns, sessionDefinitions, sessionFacts } from '#machines/session/definition.ts';
export type { AgentsNotifyParams, FileSendParams, MessageSendParams, ReactionSendParams } from '#machines/session/effects.ts';
export type { SessionEvent, SessionEventOf } from '#machines/session/events.ts';
export type { FactField } from '#machines/session/fact-fields.ts';
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
export { clip } from '#machines/text.ts';
export {
  type Analysis,
  type Assistant,
  type AssistantDefinition,
  analysis,
  defineAssistant,
  type Escalation,
  type EscalationView,
} from './define-assistant.ts';
export type { FaceSettings } from './face.ts';
export { answerFor, hostActions } from './own-machine.ts';
export { runSession } from './run-session.ts';
