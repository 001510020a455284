/** All operations by name. Projections take them from here. */
import { decideApproval, getApproval, listApprovals } from './approvals.ts';
import { getHold, listDeadLetters, searchArchive, setHold } from './archive.ts';
import { sendEvent } from './send-event.ts';
import { getContext, getFile, getHistory, getSession, listSessions } from './sessions.ts';

export const operations = {
  'sessions.list': listSessions,
  'sessions.get': getSession,
  'sessions.history': getHistory,
  'sessions.context': getContext,
  'sessions.send_event': sendEvent,
  'files.get': getFile,
  'approvals.list': listApprovals,
  'approvals.get': getApproval,
  'approvals.decide': decideApproval,
  'archive.search': searchArchive,
  'holds.get': getHold,
  'holds.set': setHold,
  'dead_letters.list': listDeadLetters,
} as const;
