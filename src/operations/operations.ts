/** All operations by name. Projections take them from here. */
import { changePassword, inviteAgent, listAgents, listInvitations, updateAgent, withdrawInvitation } from './agents.ts';
import { listQueries, reportAnalysis } from './analysis-report.ts';
import { searchCoin, searchSymbol } from './analysis-search.ts';
import { analyseAnalysis, createAnalysis, extendAnalysis, getAnalysis, listAnalyses } from './analysis-sessions.ts';
import { analyticsFigures, analyticsSessions, customerRetention, exportFigures, listMeasures } from './analytics.ts';
import { createToken, listTokens, revokeToken, rotateToken } from './api-tokens.ts';
import { decideApproval, getApproval, listApprovals } from './approvals.ts';
import { getHold, listDeadLetters, setHold } from './archive.ts';
import { briefSession, suggestReply } from './assist.ts';
import { listAudit } from './audit-trail.ts';
import { listChannels, testChannel } from './channels.ts';
import { getFile, getReceivedFile, putFile } from './files.ts';
import { agentStatus, listQueues, setAvailable } from './handoff.ts';
import { createItem, listItems, removeItem, updateItem } from './library.ts';
import { describeMachine, drawMachine, getMachineGraph, listMachines, tryMigration } from './machines.ts';
import { listMentions, seeMentions } from './mentions.ts';
import { getSessionMachine, getTimeline, replaySession } from './moments.ts';
import { getRating } from './ratings.ts';
import { beginSandbox, endSandbox, forkSession, getSandbox, playSandboxSteps, runSandboxInvocation, saveSandbox } from './sandboxes.ts';
import { searchMessages, searchSessions } from './search.ts';
import { sendEvent } from './send-event.ts';
import { addMessage, clearMessages, closeSession, extendSession, updateSession } from './session-changes.ts';
import { sessionCounters } from './session-counters.ts';
import { exportSession } from './session-export.ts';
import { cleanUp, createSession, deleteSession, findSession, sessionStats } from './session-life.ts';
import { getContext, getHistory, getSession, listSessions } from './sessions.ts';
import { createShareLink, listShareLinks, revokeShareLink } from './share-links.ts';
import { endSignIns, listSignIns } from './sign-ins.ts';
import { listTemplates } from './templates.ts';
import {
  createWebhook,
  listDeliveries,
  listWebhooks,
  pingWebhook,
  removeWebhook,
  replayDeliveries,
  replayDelivery,
  rotateSecret,
  updateWebhook,
} from './webhooks.ts';

export const operations = {
  'sessions.list': listSessions,
  'sessions.get': getSession,
  'sessions.history': getHistory,
  'sessions.context': getContext,
  'sessions.export': exportSession,
  'sessions.find': findSession,
  'sessions.create': createSession,
  'sessions.add_message': addMessage,
  'sessions.update': updateSession,
  'sessions.clear': clearMessages,
  'sessions.extend': extendSession,
  'sessions.close': closeSession,
  'sessions.delete': deleteSession,
  'sessions.clean_up': cleanUp,
  'sessions.stats': sessionStats,
  'sessions.counters': sessionCounters,
  'sessions.send_event': sendEvent,
  'sessions.suggest_reply': suggestReply,
  'sessions.brief': briefSession,
  'sessions.rating': getRating,
  'sessions.templates': listTemplates,
  'machines.list': listMachines,
  'machines.graph': getMachineGraph,
  'machines.svg': drawMachine,
  'machines.mermaid': describeMachine,
  'machines.try_migration': tryMigration,
  'sessions.replay': replaySession,
  'sessions.timeline': getTimeline,
  'sessions.machine': getSessionMachine,
  'sessions.fork': forkSession,
  'machines.sandbox': beginSandbox,
  'sandboxes.get': getSandbox,
  'sandboxes.play': playSandboxSteps,
  'sandboxes.run': runSandboxInvocation,
  'sandboxes.save': saveSandbox,
  'sandboxes.end': endSandbox,
  'share_links.create': createShareLink,
  'share_links.list': listShareLinks,
  'share_links.revoke': revokeShareLink,
  'sessions.search': searchSessions,
  'files.get': getFile,
  'files.get_received': getReceivedFile,
  'files.put': putFile,
  'approvals.list': listApprovals,
  'approvals.get': getApproval,
  'approvals.decide': decideApproval,
  'archive.search': searchMessages,
  'holds.get': getHold,
  'holds.set': setHold,
  'dead_letters.list': listDeadLetters,
  'agents.list': listAgents,
  'agents.update': updateAgent,
  'agents.status': agentStatus,
  'agents.set_available': setAvailable,
  'agents.invite': inviteAgent,
  'invitations.list': listInvitations,
  'invitations.withdraw': withdrawInvitation,
  'account.change_password': changePassword,
  'queues.list': listQueues,
  'sign_ins.list': listSignIns,
  'sign_ins.end': endSignIns,
  'audit.list': listAudit,
  'tokens.list': listTokens,
  'tokens.create': createToken,
  'tokens.rotate': rotateToken,
  'tokens.revoke': revokeToken,
  'library.list': listItems,
  'library.create': createItem,
  'library.update': updateItem,
  'library.remove': removeItem,
  'channels.list': listChannels,
  'channels.test': testChannel,
  'mentions.list': listMentions,
  'mentions.see': seeMentions,
  'analytics.measures': listMeasures,
  'analytics.figures': analyticsFigures,
  'analytics.export': exportFigures,
  'analytics.retention': customerRetention,
  'analytics.sessions': analyticsSessions,
  'analysis_sessions.create': createAnalysis,
  'analysis_sessions.get': getAnalysis,
  'analysis_sessions.list': listAnalyses,
  'analysis_sessions.extend': extendAnalysis,
  'analysis_sessions.analytics': analyseAnalysis,
  'analysis_sessions.search_symbol': searchSymbol,
  'analysis_sessions.search_coin': searchCoin,
  'analysis_sessions.queries': listQueries,
  'analysis_sessions.report': reportAnalysis,
  'webhooks.list': listWebhooks,
  'webhooks.create': createWebhook,
  'webhooks.update': updateWebhook,
  'webhooks.rotate_secret': rotateSecret,
  'webhooks.remove': removeWebhook,
  'webhooks.ping': pingWebhook,
  'webhooks.deliveries': listDeliveries,
  'webhooks.replay': replayDelivery,
  'webhooks.replay_range': replayDeliveries,
} as const;
