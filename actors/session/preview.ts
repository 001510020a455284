/** What lists show of a session, as its machine tells from the stored snapshot. */
import type { SessionPreview } from '#machines/definition.ts';
import type { SessionRow } from '#storage/port.ts';
import type { Registry } from '../contract/registry.ts';
import { machineIn } from './stored-machine.ts';

/** Null for a machine without a preview, and for a snapshot that cannot be read. */
export function previewReader(registry: Registry): (row: SessionRow) => SessionPreview | null {
  return (row) => {
    const { assistant, machineId, machineVersion } = row;
    const definitions = registry.assistant(assistant)?.binding.definitions ?? [];
    const preview = definitions.find(({ id, version }) => id === machineId && version === machineVersion)?.preview;
    const stored = machineIn(row);
    if (preview === undefined || stored === undefined) return null;
    try {
      return preview(stored.context);
    } catch {
      // Its context is of another form.
      return null;
    }
  };
}
