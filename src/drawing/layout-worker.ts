/** Runs ELK in a thread of its own. It gets one diagram, and answers with its places. */
import { parentPort, workerData } from 'node:worker_threads';
import elk from 'elkjs/lib/elk.bundled.js';

parentPort?.postMessage({ layout: await new elk.default().layout(workerData) });
