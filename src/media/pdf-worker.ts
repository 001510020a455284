/** Thread of `pdfPages`. Counts the pages of the PDF that it begins with, and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { getDocumentProxy } from 'unpdf';

const { numPages } = await getDocumentProxy(new Uint8Array(workerData));
parentPort?.postMessage(numPages);
