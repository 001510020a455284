/** Opens the ports of operations over the parts of an instance, with its two audits. */
import type { Registry } from '#actors/contract/registry.ts';
import type { AuditTrail } from '#storage/audit-trail.ts';
import type { Log } from '../telemetry/log.ts';
import { auditLog, auditWriter } from './audit.ts';
import type { OperationPorts } from './context.ts';
import { contextReader } from './session-context.ts';

export interface OpenPortsOptions extends Omit<OperationPorts, 'audit' | 'auditTrail' | 'contextOf'> {
  readonly auditTrail: AuditTrail;
  readonly registry: Registry;
  readonly log: Log;
}

export interface OpenPorts {
  readonly operationPorts: OperationPorts;
  /** Resolves once the audit trail has all calls, or the store refused them. */
  readonly flushAudit: () => Promise<void>;
}

export function openOperationPorts({ registry, log, ...ports }: OpenPortsOptions): OpenPorts {
  const trail = auditWriter(ports.auditTrail, log);
  const toLog = auditLog(log);
  return {
    operationPorts: {
      ...ports,
      contextOf: contextReader(registry, ports.now),
      audit: (entry) => {
        toLog(entry);
        trail.audit(entry);
      },
    },
    flushAudit: () => trail.flush(),
  };
}
