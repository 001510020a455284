/**
 * Lua scripts, each with its digest. The head of each file has its preconditions and its answers.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

export interface Script {
  readonly text: string;
  readonly sha: string;
}

function script(...names: readonly string[]): Script {
  const text = names.map((name) => readFileSync(new URL(`scripts/${name}.lua`, import.meta.url), 'utf8')).join('\n');
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}

/** `marks`, `work`, `moved` and `lapse` are functions that several scripts begin with. */
export const SCRIPTS = {
  commit: script('marks', 'work', 'moved', 'commit'),
  load: script('load'),
  peek: script('peek'),
  claimDue: script('claim-due'),
  claimWork: script('claim-work'),
  renewWork: script('renew-work'),
  finishWork: script('marks', 'work', 'finish-work'),
  pendingWork: script('pending-work'),
  journal: script('journal'),
  list: script('list'),
  takeSlots: script('take-slots'),
  endSlots: script('end-slots'),
  count: script('count'),
  hold: script('hold'),
  deleteClosed: script('work', 'delete-closed'),
  keepDeadLetter: script('keep-dead-letter'),
  deadLetters: script('dead-letters'),
  deleteDeadLetters: script('delete-dead-letters'),
  lease: script('lease'),
  reserve: script('lapse', 'reserve'),
  settle: script('settle'),
  balances: script('lapse', 'balances'),
  askApproval: script('ask-approval'),
  decideApproval: script('decide-approval'),
  useApproval: script('use-approval'),
  getApproval: script('get-approval'),
  openApprovals: script('open-approvals'),
  moveHome: script('moved', 'move-home'),
  readdress: script('moved', 'readdress'),
  moveDeadLetters: script('move-dead-letters'),
  moveSpent: script('move-spent'),
  putFile: script('put-file'),
  writeFilePart: script('write-file-part'),
  finishFile: script('finish-file'),
  dropFile: script('drop-file'),
  putAgent: script('put-agent'),
  openSignIn: script('open-sign-in'),
  renewSignIn: script('renew-sign-in'),
  listSignIns: script('list-sign-ins'),
  endSignIns: script('end-sign-ins'),
  putLibraryItem: script('put-library-item'),
  removeLibraryItem: script('remove-library-item'),
  putExpiringRecord: script('put-expiring-record'),
  forgetExpiringRecords: script('forget-expiring-records'),
  putApiToken: script('put-api-token'),
  recordApiTokenUses: script('record-api-token-uses'),
  putWebhookEndpoint: script('put-webhook-endpoint'),
  followWebhooks: script('follow-webhooks'),
  settleWebhooks: script('settle-webhooks'),
  logWebhooks: script('log-webhooks'),
  forgetWebhooks: script('forget-webhooks'),
  forgetWebhooksOf: script('forget-webhooks-of'),
  seeMentions: script('see-mentions'),
  appendAudit: script('append-audit'),
  applyRollup: script('apply-rollup'),
  dropMarks: script('drop-marks'),
  forgetCustomers: script('forget-customers'),
} as const;
