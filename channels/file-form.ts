/**
 * Form with a file in it, for `fetch`. `FormData` takes a file only if all of it is in memory. Here
 * it is read while it is sent. Its length is known before, because providers take no form of
 * unknown length.
 */
import { randomUUID } from 'node:crypto';
import type { OutboundFile } from './port.ts';

export interface FileForm {
  readonly body: ReadableStream<Uint8Array>;
  readonly headers: Readonly<Record<'content-type' | 'content-length', string>>;
  readonly duplex: 'half';
  readonly redirect: 'error';
  readonly window: null;
}

/** For one request. The file is the field `file`, behind the others. */
export function fileForm(fields: Readonly<Record<string, string>>, { name, mimeType, size, read }: OutboundFile): FileForm {
  const boundary = `form-${randomUUID()}`;
  const before = Object.entries(fields).map(
    ([field, value]) => `--${boundary}\r\ncontent-disposition: form-data; name="${quoted(field)}"\r\n\r\n${value}\r\n`,
  );
  const file = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${quoted(name)}"\r\ncontent-type: ${mimeType}\r\n\r\n`;
  const head = Buffer.from(`${before.join('')}${file}`);
  const foot = Buffer.from(`\r\n--${boundary}--\r\n`);
  async function* parts(): AsyncGenerator<Uint8Array> {
    yield head;
    yield* read();
    yield foot;
  }
  return {
    body: streamOf(parts()),
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': String(head.byteLength + size + foot.byteLength),
    },
    duplex: 'half',
    // With any other of these two, `fetch` keeps what it has sent, to send it again after a redirect.
    redirect: 'error',
    window: null,
  };
}

function streamOf(parts: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await parts.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await parts.return(undefined);
    },
  });
}

/** As browsers write it (https://html.spec.whatwg.org/#multipart-form-data). */
function quoted(text: string): string {
  return text.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
