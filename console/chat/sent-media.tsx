/** What the visitor sent beside a text. It is shown once the server has kept it. */
import { type ReactNode, useMemo } from 'react';
import { CardView } from '../media/card-view.tsx';
import { CARD_WORDS } from '../media/card-words.ts';
import { viewKind } from '../media/kinds.ts';
import { MediaView } from '../media/media-view.tsx';
import { MEDIA_WORDS } from '../media/words.ts';
import { FileCard } from './file-card.tsx';
import { FileIcon } from './icons.tsx';
import { usePage } from './page-context.ts';
import type { SentMedia } from './protocol.ts';

export function SentMediaList({ media }: { readonly media: readonly SentMedia[] }): ReactNode {
  return (
    <div className="sent-media">
      {media.map((one, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: The files of a message have no other names, and keep their places.
        <One key={index} media={one} />
      ))}
    </div>
  );
}

function One({ media }: { readonly media: SentMedia }): ReactNode {
  const { conversation, language, formats } = usePage();
  const words = MEDIA_WORDS[language];
  const { kind, fileName, file, thumbnail, mimeType = '', size, lost, latitude, longitude } = media;
  const name = fileName ?? words.kinds[kind];
  const load = useMemo(() => (file === undefined ? undefined : () => conversation.bytes(file)), [conversation, file]);
  const loadSmall = useMemo(() => (thumbnail === undefined ? undefined : () => conversation.bytes(thumbnail)), [conversation, thumbnail]);
  const isView = load !== undefined && ['image', 'audio', 'video'].includes(viewKind(mimeType));
  if (isView) return <MediaView media={{ ...media, mimeType, name }} load={load} loadSmall={loadSmall} words={words} />;
  if (latitude !== undefined && longitude !== undefined)
    return <CardView card={{ kind: 'location', latitude, longitude, name: words.kinds.location }} words={CARD_WORDS[language]} />;
  if (file !== undefined)
    return (
      <div className="sent-file">
        <FileCard file={{ id: file, name, mimeType, size: size ?? 0 }} />
      </div>
    );
  const hasNoBytes = kind === 'location' || kind === 'contact';
  return (
    <div className="sent-file" data-lost={lost !== undefined}>
      <FileIcon />
      <span className="file-words">
        <bdi className="file-name">{name}</bdi>
        {!hasNoBytes && (
          <span className="sent-note">
            {lost !== undefined ? words.lost[lost] : size === undefined ? words.keeping : `${formats.size(size)} · ${words.keeping}`}
          </span>
        )}
      </span>
    </div>
  );
}
