/** What lists show of a session, as its machine tells from the stored snapshot. */
import type { SessionPreview } from '#machines/definition.ts';
import type { SessionRow } from '#storage/port.ts';
import type { Registry } from '../contract/registry.ts';
import { decodeSnapshot } from '../interpreter/stored-snapshot.ts';

/** Null for a machine without a preview, and for a snapshot that cannot be read. */
export function previewReader(registry: Registry): (row: SessionRow) => SessionPreview | null {
  return ({ assistant, machineId, machineVersion, snapshot }) => {
    const definitions = registry.assistant(assistant)?.binding.definitions ?? [];
    const preview = definitions.find(({ id, version }) => id === machineId && version === machineVersion)?.preview;
    if (preview === undefined) return null;
    try {
      return preview(decodeSnapshot(snapshot).machine.context);
    } catch {
      return null;
    }
  };
}
