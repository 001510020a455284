/**
 * The layout engine of the page. ELK's own worker file is served as it is, so that its licence and
 * notice stay with it (docs/decisions/0084).
 */
import elk from 'elkjs/lib/elk-api.js';
import workerUrl from 'elkjs/lib/elk-worker.min.js?url';
import type { LayoutEngine } from '#machines/drawing/layout.ts';

/** @param openWorker starts the script at the address. It is called once, for the first layout. */
export function workerEngine(openWorker: (url: string) => Worker): LayoutEngine {
  let engine: InstanceType<typeof elk.default> | undefined;
  return (input) => {
    engine ??= new elk.default({ workerUrl, workerFactory: (url) => openWorker(url ?? workerUrl) });
    return engine.layout(input);
  };
}
