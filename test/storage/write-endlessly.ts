/** Writes a file that never ends, in a process of its own that is to be killed. */
import { parseSessionId } from '#machines/ids.ts';
import { createPostgresStore } from '#storage/postgres/adapter.ts';

const [, , connectionString = '', session = ''] = process.argv;
const sessionId = parseSessionId(session);

async function* endless(): AsyncGenerator<Uint8Array> {
  const chunk = new Uint8Array(65_536);
  for (let sent = 0; ; sent += chunk.byteLength) {
    if (sent === 5 * 1_048_576) {
      console.log('five parts');
      // The sixth never comes.
      await new Promise((resolve) => setTimeout(resolve, 600_000));
    }
    yield chunk;
  }
}

await createPostgresStore({ connectionString }).files.put({
  sessionId,
  at: 1,
  content: endless(),
  head: () => ({ id: `${sessionId}.1`, name: 'a.pdf', mimeType: 'application/pdf' }),
});
