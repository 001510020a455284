/** A card below the text of a message. */
import type { ReactNode } from 'react';
import { mapUrl } from '#machines/session/card-rules.ts';
import { useText } from '../text/text-context.ts';
import type { LocationCard, ShownCard } from './card-schema.ts';
import type { CardWords } from './card-words.ts';
import { ContactIcon, OpenIcon, PlaceIcon } from './media-icons.tsx';

export function CardView({ card, words }: { readonly card: ShownCard; readonly words: CardWords }): ReactNode {
  switch (card.kind) {
    case 'location':
      return (
        <a className="card-view" href={mapUrl(card)} target="_blank" rel="noopener noreferrer nofollow">
          <PlaceIcon />
          <span className="card-words">
            <bdi className="card-title">{titleOf(card)}</bdi>
            {(card.name !== undefined || card.street !== undefined) && (
              <bdi className="card-more">{card.name === undefined ? degreesOf(card) : (card.street ?? degreesOf(card))}</bdi>
            )}
          </span>
          <NewTab />
        </a>
      );
    case 'contact': {
      const { name, organization, phone, email } = card;
      return (
        <div className="card-view">
          <ContactIcon />
          <span className="card-words">
            <bdi className="card-title">{name}</bdi>
            {organization !== undefined && <bdi className="card-more">{organization}</bdi>}
            <a className="card-line" href={`tel:${phone.replaceAll(/[^+\d]/g, '')}`}>
              <bdi dir="ltr">{phone}</bdi>
            </a>
            {email !== undefined && (
              <a className="card-line" href={`mailto:${email}`}>
                <bdi dir="ltr">{email}</bdi>
              </a>
            )}
          </span>
        </div>
      );
    }
    case 'link':
      return (
        <a className="card-button" href={card.url} target="_blank" rel="noopener noreferrer nofollow" title={card.url}>
          <bdi>{card.label}</bdi>
          <NewTab />
        </a>
      );
    case 'location_request':
      return (
        <p className="card-quiet">
          <PlaceIcon />
          {words.asksLocation}
        </p>
      );
    case 'whatsapp':
      return <p className="card-quiet">{words.whatsapp(card.interactive.type)}</p>;
  }
}

function NewTab(): ReactNode {
  const { words } = useText();
  return (
    <>
      <OpenIcon />
      <span className="visually-hidden"> ({words.newTab})</span>
    </>
  );
}

/** The name of a place, or where it is. */
function titleOf(card: LocationCard): string {
  return card.name ?? card.street ?? degreesOf(card);
}

function degreesOf({ latitude, longitude }: LocationCard): string {
  return `${latitude}, ${longitude}`;
}
